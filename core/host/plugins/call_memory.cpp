// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/call_memory.hpp"

#include <atomic>
#include <csignal>
#include <memory>

namespace espalier::host {
namespace {

constexpr std::size_t kMostThreads = 1024;
constexpr std::size_t kStackBytes = 65'536;  // the widest vector registers are saved on it, too

CallSlot of_process[64];  // costs nothing until it is written
std::atomic<CallSlot*> slots{of_process};
std::atomic<std::size_t> slot_count{std::size(of_process)};
std::atomic<bool> taken[kMostThreads];
thread_local std::size_t index_of_this_thread = kMostThreads;  // none yet

/// The number of a thread among those that run plug-ins, and the stack that tells of an overflow of its own.
class Entry {
public:
    Entry() : index_{0}
    {
        while (index_ < kMostThreads && taken[index_].exchange(true))
            ++index_;
        stack_t before{};
        if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0)
            return;  // a sanitizer's
        stack_ = std::make_unique_for_overwrite<char[]>(kStackBytes);
        const stack_t ours{.ss_sp = stack_.get(), .ss_flags = 0, .ss_size = kStackBytes};
        ::sigaltstack(&ours, nullptr);
    }
    ~Entry()
    {
        index_of_this_thread = kMostThreads;
        if (stack_) {
            const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
            ::sigaltstack(&none, nullptr);
        }
        if (index_ < kMostThreads)
            taken[index_] = false;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    std::size_t index() const { return index_; }

private:
    std::size_t index_;
    std::unique_ptr<char[]> stack_;
};

}  // namespace

CallFrame innermost_call(const CallSlot& slot) noexcept
{
    CallFrame innermost;
    for_each_call(slot, [&](const CallFrame& frame) { innermost = frame; });
    return innermost;
}

CallSlot* known_slot_of_this_thread() noexcept
{
    const std::size_t index = index_of_this_thread;
    return index < slot_count.load(std::memory_order_relaxed) ? slots.load(std::memory_order_relaxed) + index : nullptr;
}

CallSlot* slot_of_this_thread() noexcept
{
    if (index_of_this_thread == kMostThreads) {
        thread_local const Entry entry;
        index_of_this_thread = entry.index();
    }
    return known_slot_of_this_thread();
}

std::span<CallSlot> call_slots() noexcept
{
    return {slots.load(), slot_count.load()};
}

void use_call_slots(std::span<CallSlot> memory) noexcept
{
    if (memory.empty())
        memory = of_process;
    slot_count = 0;  // of neither, for who asks meanwhile
    slots = memory.data();
    slot_count = memory.size();
}

}  // namespace espalier::host
