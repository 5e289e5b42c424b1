// SPDX-License-Identifier: Apache-2.0
#include "host/tell/progress.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace espalier::host {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRateSamples = 20;
constexpr std::size_t kShownCurves = 4;

std::string short_number(double value)
{
    return fmt::format("{:.4g}", value);
}

std::string duration(double seconds)
{
    if (seconds < 99.5)
        return fmt::format("{:.0f} s", std::ceil(seconds));
    if (seconds < 99.5 * 60)
        return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

Progress::Progress(const Experiment& experiment, Terminal& terminal, Verbosity verbosity)
    : experiment_(experiment), terminal_(terminal), verbosity_(verbosity), shown_(Clock::now())
{
    recent_.push_back({shown_, 0});
}

void Progress::evaluated(std::size_t done, const Evaluation& evaluation)
{
    done_ = done;
    priced_ = 0;
    infeasible_ += evaluation.status == Status::infeasible ? 1 : 0;
    if (evaluation.status == Status::failed) {
        ++failed_;
        failure_ = evaluation.reason;
        if (verbosity_ == Verbosity::verbose)
            terminal_.print(fmt::format("evaluation {} failed: {}", done, evaluation.reason));
    } else {
        compare(evaluation);
    }
    changed();
}

void Progress::compare(const Evaluation& evaluation)
{
    const double broken_by = violation(experiment_.constraints, evaluation);
    if (!evaluation.ok() || broken_by > 0) {
        if (any_feasible_ || !(broken_by < violation_))
            return;
        violation_ = broken_by;
        nearest_.clear();
        for (const Constraint& constraint : experiment_.constraints)
            if (const auto found = evaluation.metrics.find(constraint.metric);
                found != evaluation.metrics.end() && !constraint.holds(found->second))
                nearest_ += fmt::format("{}{} {}, must be {}", nearest_.empty() ? "" : "; ", constraint.metric,
                                        short_number(found->second), bounds(constraint));
        return;
    }
    any_feasible_ = true;
    if (experiment_.objectives.empty())
        return;
    const Objective& objective = experiment_.objectives.front();
    const auto found = evaluation.metrics.find(objective.metric);
    if (found != evaluation.metrics.end())
        best_ = !best_               ? found->second
                : objective.maximise ? std::max(*best_, found->second)
                                     : std::min(*best_, found->second);
}

void Progress::noted(std::string_view series, double value)
{
    if (curves_.insert_or_assign(std::string(series), value).second && !phase_.empty())
        of_phase_.emplace(series);
    changed();
}

void Progress::rewarded(double reward)
{
    if (std::isfinite(reward))
        best_reward_ = std::max(best_reward_.value_or(reward), reward);
}

void Progress::priced(std::size_t more)
{
    priced_ += more;
    changed();
}

void Progress::phase_ended(std::string_view name)
{
    if (steps_.name != name)
        return;  // another one is under way, which is shown
    steps_ = {};
    phase_.clear();
    for (const std::string& series : of_phase_)
        curves_.erase(series);
    of_phase_.clear();
    changed();
}

void Progress::phase(std::string_view name, std::size_t step, std::optional<std::size_t> steps)
{
    const Clock::time_point now = Clock::now();
    if (steps_.name != name || step <= steps_.first)
        steps_ = {std::string(name), step, now};
    phase_ = fmt::format("{}: step {}{}", name, step, steps ? fmt::format(" of {}", *steps) : "");
    if (verbosity_ == Verbosity::verbose)
        terminal_.print(phase_);
    const double seconds = std::chrono::duration<double>(now - steps_.since).count();
    if (step > steps_.first && seconds > 0) {
        const double rate = static_cast<double>(step - steps_.first) / seconds;
        phase_ += fmt::format(" ({} steps/s", short_number(rate));
        if (steps && *steps > step)
            phase_ += fmt::format(", {} left", duration(static_cast<double>(*steps - step) / rate));
        phase_ += ")";
    }
    changed();
}

void Progress::message(std::string_view sentence)
{
    if (verbosity_ != Verbosity::quiet)
        terminal_.print(std::string(sentence));
}

void Progress::finish()
{
    if (verbosity_ == Verbosity::quiet)
        return;
    terminal_.clear();
    if (!terminal_.interactive() && unshown_)
        terminal_.print(line());
    unshown_ = false;
}

void Progress::changed()
{
    unshown_ = true;
    if (verbosity_ == Verbosity::quiet)
        return;
    const Clock::time_point now = Clock::now();
    if (now - recent_.back().when >= 500ms) {
        recent_.push_back({now, done_});
        if (recent_.size() > kRateSamples)
            recent_.pop_front();
    }
    if (now - shown_ < (terminal_.interactive() ? Clock::duration(100ms) : Clock::duration(5s)))
        return;
    shown_ = now;
    unshown_ = false;
    if (terminal_.interactive())
        terminal_.draw(line());
    else
        terminal_.print(line());
}

std::string Progress::line() const
{
    const std::optional<std::size_t> budget = experiment_.budget.evaluations;
    if (!budget && done_ == 0 && !phase_.empty())
        return with_curves(phase_);
    std::string text = budget ? fmt::format("{}/{}", done_, *budget) : fmt::format("{} evaluated", done_);
    if (const std::optional<double> rate = per_second()) {
        text += fmt::format("  {}/s", short_number(*rate));
        if (budget && *budget > done_)
            text += fmt::format("  {} left", duration(static_cast<double>(*budget - done_) / *rate));
    }
    text += best();
    if (infeasible_ > 0)
        text += fmt::format("  {} infeasible", infeasible_);
    if (failed_ > 0)
        text += fmt::format("  {} failed (last: {})", failed_, failure_);
    if (priced_ > 0)
        text += fmt::format("  {} priced", priced_);
    if (!phase_.empty())
        text += "  " + phase_;
    return with_curves(std::move(text));
}

std::string Progress::with_curves(std::string text) const
{
    std::size_t shown = 0;
    for (const auto& [series, value] : curves_) {
        if (++shown > kShownCurves)
            break;
        text += fmt::format("  {} {}", series, short_number(value));
    }
    return text;
}

std::string Progress::best() const
{
    std::string text;
    if (best_)
        text = fmt::format("  {} {} (best)", experiment_.objectives.front().metric, short_number(*best_));
    if (best_reward_)
        text += fmt::format("  reward {} (best)", short_number(*best_reward_));
    if (!any_feasible_ && !nearest_.empty())
        text += fmt::format("  nothing feasible yet, nearest {}", nearest_);
    return text;
}

std::optional<double> Progress::per_second() const
{
    const double seconds = std::chrono::duration<double>(Clock::now() - recent_.front().when).count();
    const std::size_t done = done_ - std::min(done_, recent_.front().done);
    return done > 0 && seconds > 0 ? std::optional(static_cast<double>(done) / seconds) : std::nullopt;
}

}  // namespace espalier::host
