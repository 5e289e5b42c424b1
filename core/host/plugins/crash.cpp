// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/crash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/plugins/call_memory.hpp"

namespace espalier::host {
namespace {

constexpr std::array kFatal{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};

std::array<struct sigaction, kFatal.size()> before;  // who handled them
std::array<std::string, kFatal.size()> descriptions;
std::string advice;
pid_t process = 0;  // a plug-in may have children, whose end is no business of ours
std::atomic<bool> told{false};

/// A sentence that is put together without allocating, as a signal handler must.
class Sentence {
public:
    Sentence& operator<<(std::string_view text)
    {
        for (const char c : text.substr(0, sizeof text_ - 1 - size_))
            text_[size_++] = c >= 0 && (c < ' ' || c == 127) ? '?' : c;
        return *this;
    }
    void write()
    {
        text_[size_++] = '\n';
        for (std::size_t at = 0; at < size_;) {
            const ssize_t written = ::write(STDERR_FILENO, text_ + at, size_ - at);
            if (written <= 0)
                return;
            at += static_cast<std::size_t>(written);
        }
    }

private:
    char text_[4096];
    std::size_t size_ = 0;
};

std::string_view description(std::int32_t signal)
{
    const auto found = std::ranges::find(kFatal, signal);
    return found != kFatal.end() ? std::string_view(descriptions[static_cast<std::size_t>(found - kFatal.begin())])
                                 : "a signal";
}

void tell(const CallSlot& slot, std::int32_t how)
{
    const CallFrame innermost = innermost_call(slot);
    Sentence sentence;
    sentence << innermost.who;
    if (how == CallSlot::kExit)
        sentence << " ends the process";
    else
        sentence << " crashes (" << description(how) << ")";
    sentence << " when it " << innermost.doing;
    if (!innermost.key.empty())
        sentence << " '" << innermost.key << "'";
    if (innermost.candidates > 1)
        sentence << " and others";
    sentence << "; " << (advice.empty() ? "this is a mistake in the plug-in, tell its author" : advice);
    sentence.write();
}

/// @return whether a plug-in was running. A thread of a plug-in's own may have been started by any of them.
bool blame(std::int32_t how)
{
    if (::getpid() != process)
        return false;
    const CallSlot* blamed = nullptr;
    const CallSlot* own = known_slot_of_this_thread();
    for (CallSlot& slot : call_slots())
        if (slot.used > 0 && (own == nullptr || own == &slot)) {
            slot.ended = how;
            blamed = &slot;
        }
    if (blamed != nullptr && !told.exchange(true))
        tell(*blamed, how);
    return blamed != nullptr;
}

extern "C" void espalier_crashed(int signal, siginfo_t* info, void*)
{
    const bool from_outside = info->si_code <= 0 && info->si_pid != process;
    if (!from_outside)
        blame(signal);
    for (std::size_t i = 0; i < kFatal.size(); ++i)
        if (kFatal[i] == signal)
            ::sigaction(signal, &before[i], nullptr);
    if (info->si_code <= 0)  // nothing that happens again when the handler returns
        ::raise(signal);
}

}  // namespace

void refuse_exit_of_plugin()
{
    if (blame(CallSlot::kExit))
        ::syscall(SYS_exit_group, EXIT_FAILURE);
}

void tell_of_crashes()
{
    process = ::getpid();
    slot_of_this_thread();  // for its stack
    for (std::size_t i = 0; i < kFatal.size(); ++i) {
        descriptions[i] = ::strsignal(kFatal[i]);
        struct sigaction action {};
        action.sa_sigaction = espalier_crashed;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(kFatal[i], &action, &before[i]);
    }
    std::atexit(refuse_exit_of_plugin);
    std::at_quick_exit(refuse_exit_of_plugin);
}

void set_crash_advice(std::string text)
{
    advice = std::move(text);
}

std::string how_it_ends(std::int32_t ended)
{
    return ended == CallSlot::kExit ? "ends the process" : fmt::format("crashes ({})", ::strsignal(ended));
}

}  // namespace espalier::host
