// SPDX-License-Identifier: Apache-2.0
#include "host/tell/results.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "espalier/regression/spread.hpp"

namespace espalier::host {

namespace {

using regression::Spread;
using report::Cell;
using report::Table;

Cell metric_cell(const Metrics& metrics, const std::string& name)
{
    const auto found = metrics.find(name);
    return found == metrics.end() ? Cell{} : Cell{found->second};
}

/// Metric names of winners in the order of their columns.
struct WinnerColumns {
    std::set<std::string> search, final, verified;
    std::string final_title(const std::string& name) const { return search.contains(name) ? name + " (final)" : name; }
    static std::string verified_title(const std::string& name) { return name + " (verified)"; }
    /// Calls for each column, what was verified behind what the search said of it.
    template <class Visit>
    void each(const Visit& visit) const
    {
        for (const std::string& name : search) {
            visit(name, name, &StoredWinner::metrics);
            if (verified.contains(name))
                visit(verified_title(name), name, nullptr);
        }
        for (const std::string& name : final)
            visit(final_title(name), name, &StoredWinner::final_metrics);
        for (const std::string& name : verified)
            if (!search.contains(name))
                visit(verified_title(name), name, nullptr);
    }
};

/// @param from null: what was verified.
const Metrics& metrics_of(const StoredWinner& winner, Metrics StoredWinner::*from)
{
    static const Metrics none;
    return from != nullptr ? winner.*from : winner.verified ? winner.verified->metrics : none;
}

WinnerColumns winner_columns(std::span<const NamedRun> runs)
{
    WinnerColumns columns;
    for (const NamedRun& run : runs)
        for (const StoredWinner& winner : run.store.winners()) {
            for (const auto& [metric, value] : winner.metrics)
                columns.search.insert(metric);
            for (const auto& [metric, value] : winner.final_metrics)
                columns.final.insert(metric);
            for (const auto& [metric, value] : metrics_of(winner, nullptr))
                columns.verified.insert(metric);
        }
    return columns;
}

}  // namespace

std::set<std::string> metric_names(std::span<const Evaluation> evaluations)
{
    std::set<std::string> names;
    for (const Evaluation& evaluation : evaluations)
        for (const auto& [metric, value] : evaluation.metrics)
            names.insert(metric);
    return names;
}

Table evaluation_table(std::span<const NamedRun> runs, std::span<const ArchitectureText> texts)
{
    std::set<std::string> metrics;
    for (const NamedRun& run : runs)
        run.store.for_each_evaluation([&](const StoredEvaluation& stored) {
            for (const auto& [metric, value] : stored.evaluation.metrics)
                metrics.insert(metric);
        });

    Table table;
    if (runs.size() > 1)
        table.columns.emplace_back("run");
    for (const char* column : {"index", "architecture", "key", "status"})
        table.columns.emplace_back(column);
    table.columns.insert(table.columns.end(), metrics.begin(), metrics.end());
    table.columns.emplace_back("reason");

    for (std::size_t r = 0; r < runs.size(); ++r)
        runs[r].store.for_each_evaluation([&, &run = runs[r], &text = texts[r]](const StoredEvaluation& stored) {
            const Evaluation& evaluation = stored.evaluation;
            std::vector<Cell>& row = table.rows.emplace_back();
            if (runs.size() > 1)
                row.emplace_back(run.name);
            row.emplace_back(std::uint64_t{stored.index});
            row.emplace_back(text(evaluation.architecture));
            row.emplace_back(stored.key);
            row.emplace_back(std::string(name(evaluation.status)));
            for (const std::string& metric : metrics)
                row.push_back(metric_cell(evaluation.metrics, metric));
            row.emplace_back(evaluation.reason);
        });
    report::drop_if_empty(table, "reason");
    return table;
}

Table winner_table(std::span<const NamedRun> runs)
{
    const WinnerColumns columns = winner_columns(runs);
    Table table;
    if (runs.size() > 1)
        table.columns.emplace_back("run");
    for (const char* column : {"winner", "architecture", "key"})
        table.columns.emplace_back(column);
    columns.each([&](std::string title, const auto&...) { table.columns.push_back(std::move(title)); });
    table.columns.emplace_back("verdict");
    table.columns.emplace_back("note");
    table.columns.emplace_back("model");

    for (const NamedRun& run : runs)
        for (const StoredWinner& winner : run.store.winners()) {
            std::vector<Cell>& row = table.rows.emplace_back();
            if (runs.size() > 1)
                row.emplace_back(run.name);
            for (const std::string& text : {winner.name, winner.text, winner.key})
                row.emplace_back(text);
            columns.each([&](const std::string&, const std::string& metric, Metrics StoredWinner::*from) {
                row.push_back(metric_cell(metrics_of(winner, from), metric));
            });
            row.emplace_back(winner.verified ? winner.verified->reason : "");
            row.emplace_back(winner.note);
            row.emplace_back(winner.model);
        }
    for (const char* column : {"winner", "verdict", "note", "model"})
        report::drop_if_empty(table, column);
    return table;
}

namespace {

/// What was noted under one name.
struct Series {
    NotedValue first;
    std::uint64_t count = 0;
    double last = 0, least = std::numeric_limits<double>::infinity(), most = -least;

    void add(double value)
    {
        ++count;
        last = value;
        least = std::fmin(least, value);
        most = std::fmax(most, value);
    }
};

const char* noted_by(NotedValue::Source source)
{
    switch (source) {
        case NotedValue::Source::strategy:
            return "strategy";
        case NotedValue::Source::component:
            return "component";
        case NotedValue::Source::phase:
            return "phase";
    }
    return "";
}

}  // namespace

Table note_table(std::span<const NamedRun> runs)
{
    Table table;
    if (runs.size() > 1)
        table.columns.emplace_back("run");
    for (const char* column : {"series", "by", "count", "first", "last", "least", "most"})
        table.columns.emplace_back(column);
    for (const NamedRun& run : runs) {
        std::vector<Series> all;
        std::map<std::pair<NotedValue::Source, std::string>, std::size_t> place;
        run.store.for_each_note([&](const NotedValue& note) {
            const auto [found, is_new] = place.emplace(std::pair(note.source, note.series), all.size());
            if (is_new)
                all.push_back({note});
            all[found->second].add(note.value);
        });
        for (const Series& series : all) {
            std::vector<Cell>& row = table.rows.emplace_back();
            if (runs.size() > 1)
                row.emplace_back(run.name);
            row.emplace_back(series.first.series);
            row.emplace_back(std::string(noted_by(series.first.source)));
            row.emplace_back(series.count);
            for (const double value : {series.first.value, series.last, series.least, series.most})
                row.emplace_back(value);
        }
    }
    return table;
}

Table winner_summary(std::span<const NamedRun> runs)
{
    const WinnerColumns columns = winner_columns(runs);
    Table table{{"metric", "mean", "spread", "count"}, {}};
    columns.each([&](const std::string& title, const std::string& metric, Metrics StoredWinner::*from) {
        Spread spread;
        for (const NamedRun& run : runs)
            for (const StoredWinner& winner : run.store.winners())
                if (const Metrics& metrics = metrics_of(winner, from); !winner.runner_up && metrics.contains(metric))
                    spread.add(metrics.find(metric)->second);
        table.rows.push_back({title, report::if_defined(spread.mean()), report::if_defined(spread.deviation()),
                              std::uint64_t{spread.count()}});
    });
    return table;
}

}  // namespace espalier::host
