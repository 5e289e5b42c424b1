// SPDX-License-Identifier: Apache-2.0
#include "app/device_pricing.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/report/text.hpp"
#include "espalier/run_log.hpp"
#include "espalier/sdk/units.hpp"

#include "app/output.hpp"
#include "host/calls/in_plugin.hpp"

namespace espalier::app {

namespace {

constexpr std::chrono::seconds kBetweenLines{5};  // where nobody looks on

class Asking final : public Context, public RunLog {
public:
    Asking(const std::atomic<bool>& stop, host::PriceJournal& journal) : stop_{stop}, journal_{journal} {}
    bool stopped() const override { return stop_; }
    void note(std::string_view series, double value) override
    {
        const std::string name(series);
        const auto known = journal_.notes().find(report::printable(name));
        if (known == journal_.notes().end() || known->second != value)
            journal_.note(name, value);
    }
    void phase(std::string_view name, Phase&) override
    {
        throw Error("calibrate asks only what needs no training, and " + std::string(name) + " does");
    }

    void warn(std::string_view line) override { log(line); }
    void log(std::string_view line) override { say(stderr, std::string(line) + "\n"); }

private:
    const std::atomic<bool>& stop_;
    host::PriceJournal& journal_;
};

std::optional<double> finite(const Metrics& metrics, const std::string& name)
{
    const auto found = metrics.find(name);
    return found == metrics.end() || !std::isfinite(found->second) ? std::nullopt : std::optional(found->second);
}

}  // namespace

DevicePricing::DevicePricing(CostModel& model, std::string metric, const std::filesystem::path& folder,
                             Settings settings, const std::atomic<bool>& stop)
    : model_{model},
      metric_{std::move(metric)},
      settings_{std::move(settings)},
      journal_{folder / "prices", settings_.asked},
      stop_{stop}
{
}

std::string DevicePricing::notes() const
{
    std::string text;
    for (const auto& [name, value] : journal_.notes())
        text += fmt::format("{}{} {:.4g}", text.empty() ? "" : "; ", name, value);
    return text;
}

void DevicePricing::ask(const std::string& name, std::span<const Thing> things, double share)
{
    const auto wanted = [&](const Thing& thing) {
        return journal_.count(thing.what, report::printable(thing.key)) < thing.answers &&
               !failed_.contains(thing.what + " " + thing.key);
    };
    const auto left = static_cast<std::size_t>(std::ranges::count_if(things, wanted));
    Progress progress{name, things.size(), 0, left, share * settings_.budget_s, seconds()};
    for (const Thing& thing : things) {
        if (stop_ || seconds() > progress.until_s)
            break;
        if (!wanted(thing))
            continue;
        tell(progress);
        ask(thing);
        ++progress.done;
        --progress.left;
    }
    terminal_.clear();
}

void DevicePricing::ask(const Thing& thing)
{
    Asking context(stop_, journal_);
    const Candidate candidate = thing.candidate();
    const Clock::time_point begin = Clock::now();
    const Evaluation answer = host::in_plugin("--by", "is asked about " + thing.key,
                                              [&] { return model_.evaluate(std::span(&candidate, 1), context).at(0); });
    if (stop_)
        return;
    const std::chrono::duration<double> took = Clock::now() - begin;
    if (const auto price = finite(answer.metrics, metric_); answer.ok() && price) {
        host::PriceAnswer told{.what = thing.what,
                               .key = report::printable(thing.key),
                               .price = *price,
                               .seconds = took.count(),
                               .unsettled = finite(answer.metrics, unsettled_metric(metric_)).value_or(0) != 0};
        told.deviation = finite(answer.metrics, deviation_metric(metric_)).value_or(told.deviation);
        journal_.add(std::move(told));
        return;
    }
    failed_s_ += took.count();
    if (failed_.empty())
        first_failure_ =
            fmt::format("{} '{}': {}", thing.what, thing.key, answer.ok() ? "no finite " + metric_ : answer.reason);
    failed_.insert(thing.what + " " + thing.key);
}

void DevicePricing::tell(const Progress& progress)
{
    if (settings_.quiet || (!terminal_.interactive() && Clock::now() < told_ + kBetweenLines))
        return;
    told_ = Clock::now();
    const double budget_left = progress.until_s - seconds(), gone = seconds() - progress.from_s;
    const double expected = progress.done == 0
                                ? budget_left
                                : gone / static_cast<double>(progress.done) * static_cast<double>(progress.left);
    const std::string line = fmt::format("{}: {} of {}, {:.0f} s left", progress.name, progress.of - progress.left,
                                         progress.of, std::min(expected, budget_left));
    if (terminal_.interactive())
        terminal_.draw(line);
    else
        terminal_.print(line);
}

}  // namespace espalier::app
