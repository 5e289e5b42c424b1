// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

namespace espalier::app {

/// While it lives, the first SIGINT or SIGTERM asks for a clean stop instead of ending the process; the second ends it.
/// One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    const std::atomic<bool>& stop() const;
};

}  // namespace espalier::app
