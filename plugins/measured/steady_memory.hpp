// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace espalier::measured {

/// While one lives, what LibTorch allocates on the processor comes from one range of this process, which is kept from
/// then on, on large pages where the system has them, and reused from its lowest free address. A network that is run
/// again finds its tensors where they were: no page faults, and no chance in which physical pages share a cache set,
/// by which the same network was up to a third slower in one process than in the next. Where the range cannot be had,
/// nothing changes. Tensors may outlive it.
class SteadyMemory {
public:
    SteadyMemory();
    ~SteadyMemory();
    SteadyMemory(const SteadyMemory&) = delete;
    SteadyMemory& operator=(const SteadyMemory&) = delete;
};

}  // namespace espalier::measured
