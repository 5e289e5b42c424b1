// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "child_process.hpp"
#include "messages.hpp"

namespace espalier::command {

/// How a program is started and spoken to.
struct Launch {
    std::vector<std::string> arguments;  ///< the first is the program
    std::string name;                    ///< as messages call it
    std::string greeting;
    Clock::duration limit{};  ///< for its hello
};

/// What goes on around a conversation.
struct Listener {
    std::function<bool()> stopped;
    std::function<void(std::string_view line)> log;  ///< a line of its standard error; none: kept for the next listener
};

/// A candidate that is asked about.
struct Question {
    std::size_t place = 0;  ///< of the caller
    std::string body;       ///< see request_body
    std::optional<Reply> reply{};
};

/// Why a program that runs cannot be spoken to any more; another one may be started.
struct Breakdown {
    std::string reason;
    bool timed_out = false;
};

/// A program that has said its hello, for one thread at a time.
class Program {
public:
    /// @throws Error if it cannot be started or does not greet.
    Program(const Launch&, const Listener&);

    const Hello& hello() const { return hello_; }
    void end() { process_.end(); }  ///< it has a moment to do so, until this object is gone
    /// Whether it may be asked: it has not ended, and said nothing unasked.
    bool ready(const Listener&);
    /// Asks all at once, and waits for the replies in any order, for as long as `limit`; what came is in the questions.
    /// None: all are answered, or the listener was stopped.
    std::optional<Breakdown> ask(std::span<Question* const>, Clock::duration limit, const Listener&);

private:
    void exchange(const Listener&);
    void tell_lines(const Listener&, bool last);
    std::string broken(const std::string& what) const;
    Breakdown broken_down(const std::string& what);
    void greet(const Launch&, const Listener&);

    std::string name_;
    ChildProcess process_;
    Hello hello_;
    std::uint64_t last_id_ = 0;
    // of standard error:
    std::string untold_;
    std::string last_words_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace espalier::command
