// SPDX-License-Identifier: Apache-2.0
#include "measuring_lock.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::measured {
namespace {

/// A link that somebody else put there is not followed, and nothing is ever written.
int open_shared(const std::string& path)
{
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int file = ::open(path.c_str(), kFlags);
    if (file < 0 && errno == ENOENT) {
        file = ::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0644);
        if (file < 0 && errno == EEXIST)  // another process was faster
            file = ::open(path.c_str(), kFlags);
    }
    return file;
}

}  // namespace

MeasuringLock::MeasuringLock(const std::string& device, const std::function<bool()>& stopped)
{
    std::string name = device;
    for (char& c : name)
        c = c == ':' || c == '/' ? '-' : c;
    const std::string path = "/tmp/espalier-measuring-" + name;
    file_ = open_shared(path);
    if (file_ < 0)
        throw Error(path +
                    ", by which measurements take turns, cannot be opened: " + std::generic_category().message(errno));
    while (!(held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0) && !stopped())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

MeasuringLock::~MeasuringLock()
{
    ::close(file_);
}

}  // namespace espalier::measured
