// SPDX-License-Identifier: Apache-2.0
#include "app/dynas_t_run.hpp"

#include <cmath>
#include <ctime>

#include <fmt/chrono.h>

namespace espalier::app {

namespace {

constexpr const char* kDates = "date";                                  // the curve that keeps the dates of rows
constexpr const char *kForm = "dynas_t.form", *kText = "dynas_t.file";  // provenance

}  // namespace

void keep(const dynas_t::Results& results, const std::string& text, const SearchSpace& space, host::RunStore& store)
{
    store.set_provenance(kText, text);
    store.set_provenance(kForm, results.form);
    if (!results.dates.empty() && std::isfinite(results.dates.front()))
        store.set_provenance("started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                                    fmt::gmtime(static_cast<std::time_t>(results.dates.front()))));
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        store.append({.index = i, .key = space.key(results.rows[i].architecture), .evaluation = results.rows[i]});
        if (std::isfinite(results.dates[i]))
            store.append({kDates, results.dates[i], host::NotedValue::Source::component, i});
    }
}

std::optional<std::string> imported_text(const host::RunStore& store)
{
    return store.provenance(kText);
}

dynas_t::Results results_of(const host::RunStore& store, const std::map<std::string, std::string>& renamed)
{
    std::map<std::size_t, double> dates;
    for (const host::NotedValue& note : store.notes(kDates))
        if (note.source == host::NotedValue::Source::component)
            dates[note.row] = note.value;
    const double started = dynas_t::seconds_since_1970(store.provenance("started").value_or("1970-01-01T00:00:00Z"));
    dynas_t::Results results;
    results.form = store.provenance(kForm).value_or("");
    store.for_each_evaluation([&](const host::StoredEvaluation& row) {
        if (!row.evaluation.ok())
            return;
        Evaluation& kept = results.rows.emplace_back();
        kept.architecture = row.evaluation.architecture;
        for (const auto& [metric, value] : row.evaluation.metrics) {
            const auto found = renamed.find(metric);
            kept.metrics[found == renamed.end() ? metric : found->second] = value;
        }
        const auto dated = dates.find(row.index);
        results.dates.push_back(dated == dates.end() ? started : dated->second);
    });
    return results;
}

}  // namespace espalier::app
