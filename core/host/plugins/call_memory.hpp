// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace espalier::host {

/// The calls of plug-ins that are under way on one thread, each within the one before it. Plain memory, which a signal
/// handler may read, and which outlives the process where it is that of a file.
struct CallSlot {
    static constexpr std::int32_t kExit = -1;

    std::uint32_t used = 0;   ///< bytes of `frames`; 0: no plug-in runs on this thread
    std::int32_t ended = 0;   ///< the process ended here: a signal, or kExit; 0: it did not
    std::uint32_t begun = 0;  ///< calls so far; who makes new ones is at work
    char frames[16'384 - 12];

    /// The watchdog may say it of another thread's.
    void set_used(std::uint32_t bytes) { __atomic_store_n(&used, bytes, __ATOMIC_RELAXED); }
    void count_call() { __atomic_store_n(&begun, begun + 1, __ATOMIC_RELAXED); }
    std::uint32_t calls_begun() const { return __atomic_load_n(&begun, __ATOMIC_RELAXED); }
};

/// One call as it stands in a slot. Points into it.
struct CallFrame {
    /// How it begins; its texts follow in their order.
    struct Head {
        std::uint32_t round, candidates, key, choices;
        std::uint16_t who, doing, role;
    };

    std::string_view who;    ///< "evaluator 'table' of plug-in 'cost_models'"
    std::string_view doing;  ///< "is asked about"
    // of whom it is asked about; empty where it is asked about none
    std::string_view role;     ///< "evaluator"
    std::string_view key;      ///< the component's own, of the first candidate
    std::string_view choices;  ///< its option indices, two bytes each; empty: a single operator
    std::uint32_t round = 0, candidates = 0;
};

/// The outermost call first; ends where the bytes make no sense. Allocates nothing: `visit` may run in a signal
/// handler.
template <class Visit>
void for_each_call(const CallSlot&, Visit visit);

/// Empty: none is under way. Of another thread than one's own it may be garbled, if that does come back meanwhile.
CallFrame innermost_call(const CallSlot&) noexcept;

/// Null: there are too many threads.
CallSlot* slot_of_this_thread() noexcept;
/// The same, but none is made for a thread without.
CallSlot* known_slot_of_this_thread() noexcept;
std::span<CallSlot> call_slots() noexcept;
/// Uses other memory from now on. No plug-in may be running.
void use_call_slots(std::span<CallSlot>) noexcept;  ///< empty: that of the process

template <class Visit>
void for_each_call(const CallSlot& slot, Visit visit)
{
    std::size_t at = 0;
    const std::size_t used = slot.used <= sizeof slot.frames ? slot.used : 0;
    const auto text = [&](std::size_t size) {
        const std::string_view found(slot.frames + at, size);
        at += size;
        return found;
    };
    while (used - at >= sizeof(CallFrame::Head)) {
        CallFrame::Head head;
        __builtin_memcpy(&head, slot.frames + at, sizeof head);
        at += sizeof head;
        if (std::uint64_t{head.key} + head.choices + head.who + head.doing + head.role > used - at)
            return;
        CallFrame frame;
        frame.who = text(head.who);
        frame.doing = text(head.doing);
        frame.role = text(head.role);
        frame.key = text(head.key);
        frame.choices = text(head.choices);
        frame.round = head.round;
        frame.candidates = head.candidates;
        visit(frame);
    }
}

}  // namespace espalier::host
