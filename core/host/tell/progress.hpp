// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "host/calls/observer.hpp"
#include "host/experiment/experiment.hpp"
#include "host/tell/terminal.hpp"

namespace espalier::host {

enum class Verbosity : std::uint8_t { quiet, normal, verbose };

/// Tells a person how a run goes: one line that is drawn over on a terminal, otherwise a line every few seconds.
/// "120/500  35.2/s  11 s left  fi_equal 0.812 (best)  14 infeasible  2 failed (last: no memory)  loss 0.31". While
/// nothing is feasible, what comes nearest to being so stands in the place of the best.
class Progress final : public Observer {
public:
    /// Both are lent and must outlive this object.
    Progress(const Experiment&, Terminal&, Verbosity);

    void evaluated(std::size_t done, const Evaluation&) override;
    void noted(std::string_view series, double value) override;
    void phase(std::string_view name, std::size_t step, std::optional<std::size_t> steps) override;
    void phase_ended(std::string_view name) override;
    void rewarded(double reward) override;
    void priced(std::size_t more) override;
    void message(std::string_view sentence) override;
    /// Takes the drawn line away; without a terminal, prints the last state.
    void finish();

private:
    using Clock = std::chrono::steady_clock;
    void changed();
    std::string line() const;
    std::string with_curves(std::string text) const;
    std::string best() const;
    void compare(const Evaluation&);
    std::optional<double> per_second() const;

    const Experiment& experiment_;
    Terminal& terminal_;
    Verbosity verbosity_;
    std::size_t done_ = 0, infeasible_ = 0, failed_ = 0;
    std::size_t priced_ = 0;  // since the last evaluation
    std::string failure_;     // the last one's reason
    std::optional<double> best_, best_reward_;
    bool any_feasible_ = false;
    double violation_ = std::numeric_limits<double>::infinity();
    std::string nearest_;  // what comes nearest to being feasible
    std::string phase_;
    struct {
        std::string name;
        std::size_t first = 0;
        Clock::time_point since;
    } steps_;                                            // for the rate of the phase under way
    std::map<std::string, double, std::less<>> curves_;  // the last value of each series
    std::set<std::string, std::less<>> of_phase_;        // those that the phase under way began
    struct Sample {
        Clock::time_point when;
        std::size_t done;
    };
    std::deque<Sample> recent_;  // for the rate: a resumed run replays fast at first
    Clock::time_point shown_;
    bool unshown_ = false;
};

}  // namespace espalier::host
