// SPDX-License-Identifier: Apache-2.0
#include "espalier/model_folder/whole_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier {
namespace {

[[noreturn]] void fail(const std::string& file, const char* doing)
{
    throw Error(file + ": cannot be " + doing + ": " + std::strerror(errno));
}

}  // namespace

void write_whole(const std::string& file, std::string_view bytes)
{
    const std::string beside = file + ".new";
    const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        fail(file, "written");
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            const int reason = errno;
            ::close(descriptor);
            ::unlink(beside.c_str());
            errno = reason;
            fail(file, "written");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool durable = ::fsync(descriptor) == 0;
    if (::close(descriptor) != 0 || !durable || ::rename(beside.c_str(), file.c_str()) != 0)
        fail(file, "written");
}

std::string read_whole(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        fail(file, "read");
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

std::string hexadecimal(std::uint64_t sum)
{
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(sum));
    return digits.data();
}

}  // namespace espalier
