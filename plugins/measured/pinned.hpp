// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include <sched.h>

namespace espalier::measured {

/// While it lives, this thread and those that it starts run on these cores only.
class Pinned {
public:
    /// Empty: nothing changes. @throws Error for a core that is not there or that this process may not use.
    explicit Pinned(const std::vector<int>& cores);
    ~Pinned();
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;

private:
    bool pinned_ = false;
    cpu_set_t before_{};
};

}  // namespace espalier::measured
