// SPDX-License-Identifier: Apache-2.0
#include "host/store/run_lock.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

/// The process id that the holder has written, or "another process" in the moment before it has.
std::string holder(int descriptor)
{
    std::string text(32, '\0');
    const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    text.resize(std::min(text.size(), text.find('\n')));
    return text.empty() ? "another process" : "process " + text;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& directory)
{
    const std::string file = (directory / "lock").string();
    descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
        throw Error(
            fmt::format("the run directory {} cannot be written: {}.", directory.string(), std::strerror(errno)));
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const std::string who = holder(descriptor_);
        close(descriptor_);
        throw Error(fmt::format("the run directory {} is in use by {}.", directory.string(), who));
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    // A full disk shows where it matters, at the first commit; the lock itself holds without its text.
    if (ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, pid.data(), pid.size(), 0) < 0)
        errno = 0;
}

bool RunLock::held(const std::filesystem::path& directory)
{
    const int descriptor = open((directory / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    const bool taken = descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    if (descriptor >= 0)
        close(descriptor);
    return taken;
}

RunLock::~RunLock()
{
    if (descriptor_ >= 0)
        close(descriptor_);
}

}  // namespace espalier::host
