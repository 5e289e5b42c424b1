// SPDX-License-Identifier: Apache-2.0
#include "pinned.hpp"

#include <string>

#include "espalier/error.hpp"

namespace espalier::measured {

Pinned::Pinned(const std::vector<int>& cores)
{
    if (cores.empty())
        return;
    CPU_ZERO(&before_);
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0)
        throw Error("the system does not say which cores this process may use");
    cpu_set_t wanted;
    CPU_ZERO(&wanted);
    for (const int core : cores) {
        if (core >= CPU_SETSIZE || !CPU_ISSET(static_cast<std::size_t>(core), &before_)) {
            std::string may;
            for (int other = 0; other < CPU_SETSIZE; ++other)
                if (CPU_ISSET(static_cast<std::size_t>(other), &before_))
                    may += (may.empty() ? "" : ", ") + std::to_string(other);
            throw Error("core " + std::to_string(core) + " is not one that this process may use: " + may);
        }
        CPU_SET(static_cast<std::size_t>(core), &wanted);
    }
    pinned_ = ::sched_setaffinity(0, sizeof wanted, &wanted) == 0;
    if (!pinned_)
        throw Error("the system does not pin this process to cores");
}

Pinned::~Pinned()
{
    if (pinned_)
        ::sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace espalier::measured
