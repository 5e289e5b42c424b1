// SPDX-License-Identifier: Apache-2.0
#include "app/device_pricing.hpp"

#include <cmath>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/run_log.hpp"
#include "espalier/sdk/units.hpp"

#include "app/output.hpp"
#include "host/calls/in_plugin.hpp"

namespace espalier::app {

namespace {

constexpr const char* kNote = "note";

class Asking final : public Context, public RunLog {
public:
    Asking(const std::atomic<bool>& stop, host::PriceJournal& journal) : stop_{stop}, journal_{journal} {}
    bool stopped() const override { return stop_; }
    void note(std::string_view series, double value) override
    {
        const std::string name(series);
        if (!journal_.find(kNote, name))
            journal_.add(kNote, name, value);
    }
    void phase(std::string_view name, Phase&) override
    {
        throw Error("calibrate asks only what needs no training, and " + std::string(name) + " does");
    }

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
      journal_{folder / "prices", settings.asked},
      stop_{stop},
      budget_s_{settings.budget_s},
      quiet_{settings.quiet}
{
}

std::string DevicePricing::notes() const
{
    std::string text;
    for (const auto& [name, value] : journal_.all(kNote))
        text += fmt::format("{}{} {:.4g}", text.empty() ? "" : "; ", name, value);
    return text;
}

double DevicePricing::seconds(Clock::time_point since)
{
    return std::chrono::duration<double>(Clock::now() - since).count();
}

void DevicePricing::ask(const std::string& what, const std::string& key, const Candidate& candidate)
{
    Asking context(stop_, journal_);
    const Evaluation answer = host::in_plugin("--by", "is asked about " + key,
                                              [&] { return model_.evaluate(std::span(&candidate, 1), context).at(0); });
    if (stop_)
        return;
    if (const auto price = finite(answer.metrics, metric_); answer.ok() && price) {
        if (const auto spread = finite(answer.metrics, deviation_metric(metric_)))
            journal_.add(deviation(what), key, *spread);
        journal_.add(what, key, *price);
    } else if (failed_++ == 0) {
        first_failure_ = fmt::format("{} '{}': {}", what, key, answer.ok() ? "no finite " + metric_ : answer.reason);
    }
}

void DevicePricing::tell(const Progress& progress)
{
    if (quiet_ || !terminal_.interactive())
        return;
    const double budget_left = progress.until_s - seconds(begin_);
    const double expected = progress.done == 0 ? budget_left
                                               : seconds(progress.since) / static_cast<double>(progress.done) *
                                                     static_cast<double>(progress.left);
    terminal_.draw(fmt::format("{}s: {} of {}, {:.0f} s left", progress.what, progress.of - progress.left, progress.of,
                               std::min(expected, budget_left)));
}

}  // namespace espalier::app
