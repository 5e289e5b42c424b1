// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison_tables.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "espalier/report/text.hpp"

namespace espalier::host {
namespace {

using report::Cell;
using report::Table;

Cell count_cell(double count, bool for_people)
{
    if (std::isfinite(count))
        return Cell{count};
    return for_people ? Cell{std::string("not reached")} : Cell{};
}

std::string state_text(RunState state)
{
    switch (state) {
        case RunState::finished:
            return "finished";
        case RunState::nothing_feasible:
            return "nothing feasible";
        case RunState::interrupted:
            return "interrupted";
        case RunState::failed:
            return "failed";
        case RunState::running:
            break;
    }
    return "running";
}

bool any_of_several_runs(const Comparison& comparison)
{
    return std::ranges::any_of(comparison.groups, [](const ComparedGroup& group) { return group.runs.size() > 1; });
}

std::string threshold_name(const Threshold& threshold)
{
    return fmt::format("{}@{}", threshold.group, threshold.count);
}

}  // namespace

std::string measure(const Comparison& comparison)
{
    return comparison.of_true_front ? "hypervolume / true front"
           : comparison.normalised  ? "hypervolume / box"
                                    : "hypervolume";
}

Table group_table(const Comparison& comparison, std::span<const std::size_t> counts)
{
    const bool spreads = any_of_several_runs(comparison);
    Table table{{"group", "runs", "until", "front", measure(comparison)}, {}};
    if (spreads)
        table.columns.emplace_back("spread");
    const bool ideal =
        std::ranges::any_of(comparison.groups, [](const ComparedGroup& group) { return group.to_ideal.has_value(); });
    if (ideal)
        table.columns.emplace_back("to ideal");
    for (const std::size_t count : counts) {
        table.columns.push_back(fmt::format("@{}", count));
        if (spreads)
            table.columns.push_back(fmt::format("@{} spread", count));
    }
    for (const ComparedGroup& group : comparison.groups) {
        const bool several = group.runs.size() > 1;
        const auto value = [&](const std::vector<double>& curve, std::size_t count, bool shown) {
            return shown && count > 0 && count <= curve.size() ? Cell{curve[count - 1]} : Cell{};
        };
        const std::size_t end = group.mean.size();
        std::vector<Cell>& row = table.rows.emplace_back();
        row = {group.name, std::uint64_t{group.runs.size()}, std::uint64_t{end}, std::uint64_t{group.front.rows()},
               value(group.mean, end, true)};
        if (spreads)
            row.push_back(value(group.spread, end, several));
        if (ideal)
            row.push_back(group.to_ideal ? Cell{*group.to_ideal} : Cell{});
        for (const std::size_t count : counts) {
            row.push_back(value(group.mean, count, true));
            if (spreads)
                row.push_back(value(group.spread, count, several));
        }
    }
    return table;
}

Table threshold_table(const Comparison& comparison, bool for_people)
{
    Table table{{"threshold", "level", "group", "mean curve"}, {}};
    const bool spreads = any_of_several_runs(comparison);
    if (spreads)
        table.columns.insert(table.columns.end(), {"median", "low", "high", "reached by"});
    for (std::size_t t = 0; t < comparison.thresholds.size(); ++t)
        for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
            const Arrival& arrival = comparison.arrivals[t][g];
            const ComparedGroup& group = comparison.groups[g];
            const bool several = group.runs.size() > 1;
            std::vector<Cell>& row = table.rows.emplace_back();
            row = {threshold_name(comparison.thresholds[t]), comparison.thresholds[t].level, group.name,
                   count_cell(arrival.count, for_people)};
            if (!spreads)
                continue;
            row.push_back(count_cell(arrival.median, for_people));
            row.push_back(several ? count_cell(arrival.low, for_people) : Cell{});
            row.push_back(several ? count_cell(arrival.high, for_people) : Cell{});
            row.emplace_back(fmt::format("{} of {}", arrival.reached, group.runs.size()));
        }
    return table;
}

Table ratio_table(const Comparison& comparison)
{
    Table table{{"threshold", "needs more", "than", "times"}, {}};
    for (std::size_t t = 0; t < comparison.thresholds.size(); ++t) {
        std::vector<std::size_t> order(comparison.groups.size());
        for (std::size_t g = 0; g < order.size(); ++g)
            order[g] = g;
        const std::vector<Arrival>& arrivals = comparison.arrivals[t];
        std::ranges::stable_sort(order, [&](auto a, auto b) { return arrivals[a].count < arrivals[b].count; });
        for (std::size_t i = 0; i < order.size(); ++i)
            for (std::size_t j = i + 1; j < order.size(); ++j) {
                const double soon = arrivals[order[i]].count, late = arrivals[order[j]].count;
                if (!std::isfinite(soon))
                    continue;
                const auto had = static_cast<double>(comparison.groups[order[j]].mean.size());
                const Cell times =
                    std::isfinite(late) ? Cell{late / soon} : Cell{fmt::format("> {}", report::rounded(had / soon))};
                table.rows.push_back({threshold_name(comparison.thresholds[t]), comparison.groups[order[j]].name,
                                      comparison.groups[order[i]].name, times});
            }
    }
    return table;
}

Table run_table(const Comparison& comparison)
{
    Table table{{"group", "run", "seed", "state", "rows", "evaluations", "infeasible", "failed", "without a point",
                 "started", "Espalier"},
                {}};
    for (const ComparedGroup& group : comparison.groups)
        for (const ComparedRun& run : group.runs)
            table.rows.push_back({group.name, run.name, std::uint64_t{run.seed}, state_text(run.state),
                                  std::uint64_t{run.counts.rows}, std::uint64_t{run.counts.evaluations},
                                  std::uint64_t{run.counts.infeasible}, std::uint64_t{run.counts.failed},
                                  std::uint64_t{run.counts.no_points}, run.started, run.version});
    return table;
}

Table verification_table(const Comparison& comparison)
{
    Table table{
        {"group", "run", "winner", "architecture", "metric", "predicted", "verified", "difference_pct", "verdict"}, {}};
    for (const ComparedGroup& group : comparison.groups)
        for (const ComparedRun& run : group.runs)
            for (const StoredWinner& winner : run.verified_winners)
                for (const auto& [metric, value] : winner.verified->metrics) {
                    const auto found = winner.metrics.find(metric);
                    const bool known = found != winner.metrics.end();
                    table.rows.push_back(
                        {group.name, run.name, winner.name, winner.text, metric, known ? Cell{found->second} : Cell{},
                         value,
                         known ? report::if_defined(100 * (value - found->second) / std::abs(found->second)) : Cell{},
                         winner.verified->reason});
                }
    return table;
}

Table curve_table(const Comparison& comparison)
{
    Table table{{"group", "run", "seed", "count", "hypervolume", "spread", "runs"}, {}};
    const auto changes = [](const std::vector<double>& curve, std::size_t i) {
        return i == 0 || i + 1 == curve.size() || curve[i] != curve[i - 1];
    };
    for (const ComparedGroup& group : comparison.groups) {
        for (std::size_t r = 0; r < group.runs.size(); ++r)
            for (std::size_t i = 0; i < group.curves[r].size(); ++i)
                if (changes(group.curves[r], i))
                    table.rows.push_back({group.name, group.runs[r].name, std::uint64_t{group.runs[r].seed},
                                          std::uint64_t{i + 1}, group.curves[r][i], Cell{}, Cell{}});
        for (std::size_t i = 0; i < group.mean.size(); ++i)
            if (changes(group.mean, i) || changes(group.spread, i))
                table.rows.push_back({group.name, Cell{}, Cell{}, std::uint64_t{i + 1}, group.mean[i],
                                      group.runs.size() > 1 ? Cell{group.spread[i]} : Cell{},
                                      std::uint64_t{group.runs.size()}});
    }
    return table;
}

}  // namespace espalier::host
