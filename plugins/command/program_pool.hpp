// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include <sys/types.h>

#include "program.hpp"

namespace espalier::command {

/// Programs that run, each for one call at a time: a call takes a free one, or starts one. There are never more than
/// there were calls at the same time.
class ProgramPool {
public:
    /// Starts the first. @throws Error as Program does.
    ProgramPool(Launch, const Listener&);
    ~ProgramPool();

    const Hello& hello() const { return hello_; }
    /// @throws Error as Program does, and if another one says another hello than the first.
    std::unique_ptr<Program> take(const Listener&);
    void give_back(std::unique_ptr<Program>);

private:
    std::unique_ptr<Program> free_one();

    const Launch launch_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Program>> free_;
    pid_t owner_;  // the process whose children they are: another one that was forked from it starts its own
    Hello hello_;
};

}  // namespace espalier::command
