// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace espalier::command {

using Clock = std::chrono::steady_clock;

/// One end of a pipe, or nothing.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_{number} {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    int number() const { return number_; }
    bool open() const { return number_ >= 0; }
    void close();

private:
    int number_;
};

/// A program that reads and writes lines through pipes, in a process group of its own. It has ended when this object is
/// gone, and soon after this process has, however that ended: a second child then kills the group.
class ChildProcess {
public:
    /// How long a line may be that it writes, in bytes.
    static constexpr std::size_t kLongestLine = std::size_t{1} << 20;

    /// @param arguments the first is the program: a path, or a name that is searched in PATH.
    /// @throws Error if it cannot be started.
    explicit ChildProcess(const std::vector<std::string>& arguments);
    /// Waits a moment for it to `end`, and kills what is left of its group.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Closes its standard input: it is to end. Its time runs from the first call.
    void end();
    /// Is written by `exchange`.
    void send(std::string_view text) { outgoing_ += text; }
    /// Writes and reads what can be without waiting; waits until then, at most for so long.
    void exchange(std::chrono::milliseconds wait);
    /// The next line of its standard output, without its end.
    std::optional<std::string> line();
    /// What it has written to standard error since this was asked last.
    std::string take_errors() { return std::exchange(errors_, {}); }
    /// Whether its standard output and input are open, as far as is known.
    bool open() const { return output_.open() && !deaf_; }
    /// What it has written of its next line; longer than `kLongestLine`: the line will not be given.
    std::string_view unfinished_line() const { return incoming_; }
    bool endless() const { return incoming_.size() > kLongestLine && incoming_.find('\n') > kLongestLine; }
    /// "ended with status 3", of one that is not open; waits a second for it.
    std::string how_it_ended();
    /// At once, with all of its group.
    void kill();

private:
    bool ended();
    void write();
    static void read(Descriptor&, std::string&);

    pid_t watcher_ = -1, program_ = -1;
    std::optional<int> status_;  // as waitpid gives it
    std::optional<Clock::time_point> end_by_;
    Descriptor lifeline_, input_, output_, error_;
    std::string outgoing_, incoming_, errors_;
    bool deaf_ = false, reaped_ = false;
};

}  // namespace espalier::command
