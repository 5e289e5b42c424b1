// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "host/store/store.hpp"

namespace espalier::host {

/// `budget: {minutes: N}`: the search ends at some question, counted from the start, whether there is time left. Which
/// one is recorded, so that a replay ends there too. Minutes add up over interruptions; replaying takes none of them.
class TimeBudget {
public:
    /// `store` is lent.
    TimeBudget(std::optional<double> minutes, RunStore& store);

    /// @param replaying what the strategy asks for is recorded. Time then does not count.
    bool spent(bool replaying);
    /// Keeps the time used so far; for interruptions.
    void save();

private:
    using Clock = std::chrono::steady_clock;
    double used_s() const;
    std::string of_these() const;

    std::optional<double> minutes_;
    RunStore& store_;
    std::uint64_t questions_ = 0;
    std::optional<std::uint64_t> last_question_;
    double used_before_s_ = 0;
    std::optional<Clock::time_point> started_;
    Clock::time_point saved_;
};

/// Of searching, by what a run has recorded, where it has a budget of minutes.
double used_seconds(const RunStore&);

}  // namespace espalier::host
