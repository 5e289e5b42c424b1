// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/told_apart.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

/// What another process writes into the pipe, at most so long.
std::string read_within(std::chrono::steady_clock::duration limit, int pipe)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string text;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd waits{pipe, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&waits, 1, static_cast<int>(left.count())) == 0)
            return "";
        std::array<char, 4096> part{};
        const ssize_t count = ::read(pipe, part.data(), part.size());
        if (count == 0)
            return text;
        if (count > 0)
            text.append(part.data(), static_cast<std::size_t>(count));
        else if (errno != EINTR)
            return "";
    }
}

[[noreturn]] void tell(const std::function<std::string()>& ask, int pipe)
{
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    std::string told;
    try {
        told = ask();
    } catch (const Error& error) {
        told = error.what();
    } catch (...) {
    }
    for (std::size_t at = 0; at < told.size();) {
        const ssize_t count = ::write(pipe, told.data() + at, told.size() - at);
        if (count < 0 && errno != EINTR)
            break;
        at += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    ::_exit(0);
}

}  // namespace

std::string told_apart(const std::function<std::string()>& ask, std::chrono::steady_clock::duration limit)
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
        return "";
    const pid_t child = ::fork();
    if (child == 0)
        tell(ask, ends[1]);
    ::close(ends[1]);
    std::string told = child > 0 ? read_within(limit, ends[0]) : "";
    ::close(ends[0]);
    if (child > 0) {
        ::kill(child, SIGKILL);
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    return told;
}

}  // namespace espalier::host
