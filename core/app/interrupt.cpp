// SPDX-License-Identifier: Apache-2.0
#include "app/interrupt.hpp"

#include <csignal>
#include <string_view>

#include <unistd.h>

namespace espalier::app {

namespace {

// A signal handler has no argument to bring its flag along.
std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void restore()
{
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

extern "C" void ask_to_stop(int)
{
    stop_asked = true;
    restore();  // so the second one ends the process
    constexpr std::string_view kTold = "\nstopping; once more ends at once\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kTold.data(), kTold.size());
}

}  // namespace

Interrupt::Interrupt()
{
    stop_asked = false;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Interrupt::~Interrupt()
{
    restore();
}

const std::atomic<bool>& Interrupt::stop() const
{
    return stop_asked;
}

}  // namespace espalier::app
