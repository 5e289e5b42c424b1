// SPDX-License-Identifier: Apache-2.0
#include "host/price/cost_breakdown.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "espalier/decision_costs.hpp"
#include "espalier/error.hpp"
#include "espalier/sdk/units.hpp"

#include "host/calls/in_plugin.hpp"
#include "host/search/run.hpp"

namespace espalier::host {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The candidates of one architecture among all that are asked about.
struct Asked {
    std::size_t whole = 0;
    std::vector<std::optional<std::size_t>> part_candidates;  // none: the part computes nothing
};

class Breakdowns {
public:
    Breakdowns(const Components& parts, Cutting cutting) : parts_{parts}, cutting_{cutting} {}

    void add(const Architecture& architecture)
    {
        Asked& asked = asked_.emplace_back();
        CostBreakdown& breakdown = found_.emplace_back();
        asked.whole = candidates_.size();
        candidates_.emplace_back(*parts_.space, architecture);
        in_plugin(parts_.space.who(), "is asked for a text",
                  [&] { breakdown.architecture = parts_.space->text(architecture); });
        try {
            breakdown.network = candidates_.back().network();
            breakdown.parts = cutting_(breakdown.network);
            if (breakdown.parts.empty())
                breakdown.parts = layer_parts(breakdown.network);
        } catch (const Error& error) {
            breakdown.notes.push_back(fmt::format("totals only: {}", error.what()));
        }
        for (const NetworkPart& part : breakdown.parts) {
            if (part.network.size() == 0) {
                asked.part_candidates.emplace_back();
                continue;
            }
            asked.part_candidates.emplace_back(candidates_.size());
            candidates_.emplace_back(part.network);
        }
    }
    std::span<const Candidate> candidates() const { return candidates_; }

    /// @param answers of one model about all candidates.
    void take(const Part<CostModel>& model, const std::vector<Evaluation>& answers)
    {
        const std::vector<std::string> metrics = model->metrics();
        const auto* by_decision = dynamic_cast<const DecisionCosts*>(model.component.get());
        if (by_decision != nullptr && !by_decision->sums_decisions())
            by_decision = nullptr;
        for (std::size_t a = 0; a < found_.size(); ++a) {
            const Evaluation& whole = answers[asked_[a].whole];
            CostBreakdown& breakdown = found_[a];
            if (!whole.ok()) {
                breakdown.failed = true;
                breakdown.notes.push_back(fmt::format("{} '{}': {}", model.role, model.name, whole.reason));
            }
            const std::optional<std::string> unpriced = why_no_parts(asked_[a], breakdown, answers);
            if (unpriced && whole.ok() && by_decision == nullptr)
                breakdown.notes.push_back(
                    fmt::format("{} '{}' prices no parts, totals only: {}", model.role, model.name, *unpriced));
            for (const std::string& name : metrics) {
                CostBreakdown::Metric metric{
                    .name = name, .parts = {}, .decisions = {}, .sum = kNaN, .total = {}, .compared = {}};
                if (const auto found = whole.metrics.find(name); whole.ok() && found != whole.metrics.end())
                    metric.total = found->second;
                if (!unpriced && !breakdown.parts.empty())
                    add_parts(metric, breakdown, asked_[a], answers, adds_up(*model, name, name == metrics.front()));
                else if (whole.ok() && by_decision != nullptr && name == metrics.front())
                    add_decisions(metric, breakdown, candidates_[asked_[a].whole].canonical(), model.who(),
                                  *by_decision);
                breakdown.metrics.push_back(std::move(metric));
            }
        }
    }

    std::vector<CostBreakdown> finish() &&
    {
        for (CostBreakdown& breakdown : found_) {
            if (breakdown.shares.size() < 2)
                continue;
            for (std::size_t p = 0; p < breakdown.parts.size(); ++p) {
                double low = 1, high = 0;
                for (const std::vector<double>& shares : breakdown.shares) {
                    low = std::min(low, shares[p]);
                    high = std::max(high, shares[p]);
                }
                breakdown.disagreement.push_back(high - low);
            }
            const auto most = std::ranges::max_element(breakdown.disagreement);
            if (*most > 0)
                breakdown.most = static_cast<std::size_t>(most - breakdown.disagreement.begin());
        }
        return std::move(found_);
    }

private:
    enum class AddsUp : std::uint8_t { no, perhaps, yes };
    /// As the model says of its layers, else perhaps what it gives first, unless that is a size: of a peak nothing adds
    /// up.
    static AddsUp adds_up(const CostModel& model, const std::string& metric, bool first)
    {
        if (const LayerCosts* layers = model.layers(metric))
            return layers->weighted_by().empty() ? AddsUp::yes : AddsUp::no;
        const Unit* const unit = unit_of(metric);
        const bool size = unit != nullptr && unit->quantity == Quantity::size;
        return first && !size ? AddsUp::perhaps : AddsUp::no;
    }

    static std::optional<std::string> why_no_parts(const Asked& asked, const CostBreakdown& breakdown,
                                                   const std::vector<Evaluation>& answers)
    {
        for (std::size_t p = 0; p < asked.part_candidates.size(); ++p)
            if (const auto candidate = asked.part_candidates[p]; candidate && !answers[*candidate].ok())
                return fmt::format("{}: {}", breakdown.parts[p].name, answers[*candidate].reason);
        return std::nullopt;
    }

    static void add_parts(CostBreakdown::Metric& metric, CostBreakdown& breakdown, const Asked& asked,
                          const std::vector<Evaluation>& answers, AddsUp adds_up)
    {
        for (const std::optional<std::size_t>& candidate : asked.part_candidates)
            metric.parts.push_back(candidate ? answers[*candidate].metrics.at(metric.name) : 0);
        const double sum = std::accumulate(metric.parts.begin(), metric.parts.end(), 0.0);
        if (adds_up == AddsUp::no)
            return;
        metric.sum = sum;
        const bool like_a_sum = metric.total && sum <= 2 * *metric.total && sum >= *metric.total / 2;
        if (!(sum > 0 && std::isfinite(sum)) || (adds_up == AddsUp::perhaps && !like_a_sum))
            return;
        metric.compared = breakdown.shares.size();
        std::vector<double>& shares = breakdown.shares.emplace_back();
        for (const double part : metric.parts)
            shares.push_back(part / metric.sum);
    }

    void add_decisions(CostBreakdown::Metric& metric, CostBreakdown& breakdown, const Architecture& canonical,
                       const std::string& who, const DecisionCosts& model) const
    {
        const std::span<const Decision> decisions = parts_.space->decisions();
        const DecisionTerms terms =
            in_plugin(who, "is asked what decisions cost", [&] { return model.terms(canonical); });
        if (terms.decisions.size() != decisions.size())
            throw Error(fmt::format("{} has costs of {} decisions, the space has {}", who, terms.decisions.size(),
                                    decisions.size()));
        metric.decisions = {terms.common};
        metric.decisions.insert(metric.decisions.end(), terms.decisions.begin(), terms.decisions.end());
        metric.sum = std::accumulate(metric.decisions.begin(), metric.decisions.end(), 0.0);
        if (!breakdown.decisions.empty())
            return;
        breakdown.decisions.emplace_back("in common");
        for (std::size_t d = 0; d < decisions.size(); ++d)
            breakdown.decisions.push_back(
                fmt::format("{}: {}", decisions[d].name, decisions[d].options[canonical.choices[d]]));
    }

    const Components& parts_;
    Cutting cutting_;
    std::vector<Candidate> candidates_;
    std::vector<Asked> asked_;
    std::vector<CostBreakdown> found_;
};

bool costs_anything(const CostBreakdown& breakdown, std::vector<double> CostBreakdown::Metric::*by, std::size_t which)
{
    return std::ranges::any_of(breakdown.metrics, [by, which](const CostBreakdown::Metric& metric) {
        return !(metric.*by).empty() && (metric.*by)[which] != 0;
    });
}

}  // namespace

std::vector<CostBreakdown> cost_breakdowns(const Experiment& experiment, const Components& parts,
                                           std::span<const Architecture> architectures, Cutting cutting,
                                           Observer& observer, const std::atomic<bool>& stop)
{
    Breakdowns breakdowns(parts, cutting);
    for (const Architecture& architecture : architectures)
        breakdowns.add(architecture);
    const std::vector<std::vector<Evaluation>> answers =
        price_only(experiment, parts, breakdowns.candidates(), observer, stop);
    for (std::size_t i = 0; i < parts.costs.size(); ++i)
        breakdowns.take(parts.costs[i], answers[i]);
    return std::move(breakdowns).finish();
}

report::Table breakdown_table(std::span<const CostBreakdown> breakdowns)
{
    using report::Cell;
    const bool several = breakdowns.size() > 1;
    std::vector<std::string> names;
    std::set<std::string> compared;  // in any of them
    for (const CostBreakdown& breakdown : breakdowns)
        for (const CostBreakdown::Metric& metric : breakdown.metrics) {
            if (&breakdown == &breakdowns.front())
                names.push_back(metric.name);
            if (metric.compared)
                compared.insert(metric.name);
        }

    report::Table table;
    if (several)
        table.columns.emplace_back("architecture");
    table.columns.emplace_back("part");
    for (const std::string& name : names) {
        table.columns.push_back(name);
        if (compared.contains(name))
            table.columns.push_back(name + "_share_pct");
    }
    table.columns.emplace_back("disagreement_pct");
    table.columns.emplace_back("mark");

    for (const CostBreakdown& breakdown : breakdowns) {
        const auto row = [&](const std::string& name, const auto& value, const auto& share, Cell disagreement,
                             const char* mark) {
            std::vector<Cell>& cells = table.rows.emplace_back();
            if (several)
                cells.emplace_back(breakdown.architecture);
            cells.emplace_back(name);
            for (const CostBreakdown::Metric& metric : breakdown.metrics) {
                cells.push_back(value(metric));
                if (compared.contains(metric.name))
                    cells.push_back(metric.compared ? share(metric) : Cell{});
            }
            cells.push_back(std::move(disagreement));
            cells.emplace_back(std::string(mark));
        };
        using Metric = CostBreakdown::Metric;
        for (std::size_t p = 0; p < breakdown.parts.size(); ++p)
            if (costs_anything(breakdown, &Metric::parts, p))
                row(
                    breakdown.parts[p].name,
                    [p](const Metric& m) { return m.parts.empty() ? Cell{} : report::if_defined(m.parts[p]); },
                    [&, p](const Metric& m) { return Cell{100 * breakdown.shares[*m.compared][p]}; },
                    breakdown.disagreement.empty() ? Cell{} : Cell{100 * breakdown.disagreement[p]},
                    breakdown.most == p ? "most" : "");
        for (std::size_t d = 0; d < breakdown.decisions.size(); ++d)
            if (costs_anything(breakdown, &Metric::decisions, d))
                row(
                    breakdown.decisions[d],
                    [d](const Metric& m) { return m.decisions.empty() ? Cell{} : Cell{m.decisions[d]}; },
                    [](const Metric&) { return Cell{}; }, Cell{}, "");
        if (std::ranges::any_of(breakdown.metrics,
                                [](const Metric& m) { return !m.parts.empty() || !m.decisions.empty(); }))
            row(
                "sum", [](const Metric& m) { return report::if_defined(m.sum); },
                [](const Metric&) { return Cell{100.0}; }, Cell{}, "");
        row(
            "total", [](const Metric& m) { return m.total ? Cell{*m.total} : Cell{}; },
            [](const Metric&) { return Cell{}; }, Cell{}, "");
    }
    for (const char* column : {"disagreement_pct", "mark"})
        report::drop_if_empty(table, column);
    return table;
}

}  // namespace espalier::host
