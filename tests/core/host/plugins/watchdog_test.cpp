// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/watchdog.hpp"

#include <atomic>

#include "catch.hpp"

using espalier::host::Watchdog;
using namespace std::chrono_literals;

TEST_CASE("a call that lasts is told of, and watched on if it may last", "[watchdog]")
{
    Watchdog dog;
    std::atomic<int> told = 0;
    const auto start = Watchdog::Clock::now();
    {
        const Watchdog::Watch brief(dog, 1h, [] { std::abort(); });
        const Watchdog::Watch lasting(dog, 50ms, [&, before = 0]() mutable { told = ++before; });
        while (told < 3)
            std::this_thread::sleep_for(1ms);
    }
    CHECK(Watchdog::Clock::now() - start >= 150ms);
    const int then = told;
    std::this_thread::sleep_for(100ms);
    CHECK(told == then);  // it has come back
}
