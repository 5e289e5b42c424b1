// SPDX-License-Identifier: Apache-2.0
#include "program_pool.hpp"

#include <utility>

#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::command {

ProgramPool::ProgramPool(Launch launch, const Listener& listener) : launch_{std::move(launch)}, owner_{::getpid()}
{
    free_.push_back(std::make_unique<Program>(launch_, listener));
    hello_ = free_.back()->hello();
}

ProgramPool::~ProgramPool()
{
    for (const std::unique_ptr<Program>& program : free_)
        program->end();  // all of them in the same time
}

std::unique_ptr<Program> ProgramPool::free_one()
{
    const std::lock_guard guard(mutex_);
    if (const pid_t now = ::getpid(); std::exchange(owner_, now) != now)
        for (std::unique_ptr<Program>& parents : free_)
            (void)std::exchange(parents, nullptr).release();
    std::erase(free_, nullptr);
    if (free_.empty())
        return nullptr;
    std::unique_ptr<Program> program = std::move(free_.back());
    free_.pop_back();
    return program;
}

std::unique_ptr<Program> ProgramPool::take(const Listener& listener)
{
    while (std::unique_ptr<Program> program = free_one())
        if (program->ready(listener))
            return program;
    auto started = std::make_unique<Program>(launch_, listener);
    if (started->hello() != hello_)
        throw Error("'" + launch_.name + "': started again, it says another hello than before");
    return started;
}

void ProgramPool::give_back(std::unique_ptr<Program> program)
{
    const std::lock_guard guard(mutex_);
    free_.push_back(std::move(program));
}

}  // namespace espalier::command
