// SPDX-License-Identifier: Apache-2.0
#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::command {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGrace{2000};       // to end in after the end of its input
constexpr milliseconds kLastBreath{1000};  // to end in after it has closed its output
constexpr std::size_t kReadAtOnce = std::size_t{1} << 20;

// Its input ends when the process ends that has started it, whatever ended that one. The program has a second then.
constexpr const char* kWatcher = "read -r line; sleep 1; kill -KILL 0";

[[noreturn]] void fail(const std::string& what, int error)
{
    throw Error(what + ": " + std::strerror(error));
}

/// A pipe that no program inherits unless told; no end has the number of a standard file.
std::pair<Descriptor, Descriptor> new_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        fail("no pipe can be made", errno);
    std::array<Descriptor, 2> made{Descriptor(ends[0]), Descriptor(ends[1])};
    for (Descriptor& end : made)
        if (end.number() <= STDERR_FILENO) {
            end = Descriptor(::fcntl(end.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
            if (!end.open())
                fail("no pipe can be made", errno);
        }
    return {std::move(made[0]), std::move(made[1])};
}

/// Starts a program with these standard files and no others, in a process group. @param group 0: a new one.
pid_t spawned(const std::vector<std::string>& arguments, const std::array<int, 3>& files, pid_t group)
{
    std::vector<char*> texts;
    texts.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
        texts.push_back(const_cast<char*>(argument.c_str()));
    texts.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int number = 0; number < 3; ++number)
        posix_spawn_file_actions_adddup2(&actions, files[static_cast<std::size_t>(number)], number);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGQUIT, SIGCHLD})
        sigaddset(&usual, signal);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, group);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    // Python would write compiled files into the folders that identify results
    std::vector<char*> environment{const_cast<char*>("PYTHONDONTWRITEBYTECODE=1")};
    for (char** variable = environ; *variable != nullptr; ++variable)
        environment.push_back(*variable);
    environment.push_back(nullptr);
    pid_t child = -1;
    const int error = ::posix_spawnp(&child, texts[0], &actions, &attributes, texts.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        fail("'" + arguments[0] + "' cannot be started", error);
    return child;
}

/// Like write(), but where nobody reads any more there is only the error, no signal.
ssize_t written(int file, const std::string& text)
{
    sigset_t broken_pipe, before;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    const ssize_t count = ::write(file, text.data(), text.size());
    const int error = errno;
    if (count < 0 && error == EPIPE) {
        const timespec at_once{};
        while (::sigtimedwait(&broken_pipe, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return count;
}

void never_wait(const Descriptor& file)
{
    ::fcntl(file.number(), F_SETFL, ::fcntl(file.number(), F_GETFL) | O_NONBLOCK);
}

}  // namespace

void Descriptor::close()
{
    if (open())
        ::close(std::exchange(number_, -1));
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments)
{
    auto [watched, lifeline] = new_pipe();
    auto [their_input, input] = new_pipe();
    auto [output, their_output] = new_pipe();
    auto [error, their_error] = new_pipe();
    const Descriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
    watcher_ = spawned({"/bin/sh", "-c", kWatcher}, {watched.number(), nowhere.number(), nowhere.number()}, 0);
    try {
        program_ = spawned(arguments, {their_input.number(), their_output.number(), their_error.number()}, watcher_);
    } catch (const Error&) {
        kill();
        throw;
    }
    for (const Descriptor* mine : {&input, &output, &error})
        never_wait(*mine);
    lifeline_ = std::move(lifeline);
    input_ = std::move(input);
    output_ = std::move(output);
    error_ = std::move(error);
}

ChildProcess::~ChildProcess()
{
    end();
    while (!ended() && Clock::now() < *end_by_) {
        exchange(milliseconds(1));  // so that it does not wait for a reader
        incoming_.clear();
        errors_.clear();
    }
    kill();
}

void ChildProcess::end()
{
    if (end_by_)
        return;
    end_by_ = Clock::now() + kGrace;
    input_.close();
    outgoing_.clear();
}

void ChildProcess::exchange(milliseconds wait)
{
    std::array<pollfd, 3> files{pollfd{outgoing_.empty() || deaf_ ? -1 : input_.number(), POLLOUT, 0},
                                pollfd{output_.number(), POLLIN, 0}, pollfd{error_.number(), POLLIN, 0}};
    if (::poll(files.data(), files.size(), static_cast<int>(wait.count())) <= 0)
        return;
    if (files[0].revents != 0)
        write();
    if (files[1].revents != 0)
        read(output_, incoming_);
    if (files[2].revents != 0)
        read(error_, errors_);
}

void ChildProcess::write()
{
    const ssize_t count = written(input_.number(), outgoing_);
    if (count > 0)
        outgoing_.erase(0, static_cast<std::size_t>(count));
    else if (errno != EAGAIN && errno != EINTR)
        deaf_ = true;
}

void ChildProcess::read(Descriptor& file, std::string& text)
{
    std::array<char, 65536> part;
    for (std::size_t total = 0; total < kReadAtOnce;) {
        const ssize_t count = ::read(file.number(), part.data(), part.size());
        if (count > 0) {
            text.append(part.data(), static_cast<std::size_t>(count));
            total += static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else {
            if (count == 0 || errno != EAGAIN)
                file.close();
            return;
        }
    }
}

std::optional<std::string> ChildProcess::line()
{
    const std::size_t end = incoming_.find('\n');
    if (end == std::string::npos || end > kLongestLine)
        return std::nullopt;
    std::string line = incoming_.substr(0, end);
    incoming_.erase(0, end + 1);
    return line;
}

bool ChildProcess::ended()
{
    if (reaped_)
        return true;
    int status = 0;
    const pid_t found = ::waitpid(program_, &status, WNOHANG);
    if (found == program_)
        status_ = status;
    reaped_ = found == program_ || (found < 0 && errno != EINTR);
    return reaped_;
}

std::string ChildProcess::how_it_ended()
{
    for (const auto until = Clock::now() + kLastBreath; !ended() && Clock::now() < until;)
        exchange(milliseconds(1));
    exchange(milliseconds(0));
    if (!reaped_)
        return output_.open() ? "closed its standard input" : "closed its standard output";
    if (!status_)
        return "ended";
    if (WIFSIGNALED(*status_))
        return "was killed by signal " + std::to_string(WTERMSIG(*status_)) + " (" + ::strsignal(WTERMSIG(*status_)) +
               ")";
    return "ended with status " + std::to_string(WEXITSTATUS(*status_));
}

void ChildProcess::kill()
{
    if (watcher_ < 0)
        return;
    ::kill(-watcher_, SIGKILL);
    if (program_ > 0 && !reaped_)
        ::kill(program_, SIGKILL);  // it may have left the group
    for (const pid_t child : {reaped_ ? -1 : program_, std::exchange(watcher_, -1)})
        while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    reaped_ = true;
}

}  // namespace espalier::command
