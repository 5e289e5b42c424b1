// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/sdk/files.hpp"

namespace espalier {
namespace {

bool written(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return ::fsync(descriptor) == 0;
}

}  // namespace

void write_whole(const std::filesystem::path& file, std::string_view bytes)
{
    const std::string beside = file.string() + ".new";
    const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool done = descriptor >= 0 && written(descriptor, bytes);
    int reason = errno;
    if (descriptor >= 0 && ::close(descriptor) != 0 && done)
        done = false, reason = errno;
    if (done && ::rename(beside.c_str(), file.c_str()) != 0)
        done = false, reason = errno;
    if (done)
        return;
    if (descriptor >= 0)
        ::unlink(beside.c_str());
    throw Error(file.string() + ": cannot be written: " + std::strerror(reason));
}

}  // namespace espalier
