// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "espalier/report/plot.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"

namespace espalier::app {

namespace {

/// One curve of one run, in the order in which it was noted.
struct Curve {
    std::string run, series;
    std::vector<host::NotedValue> values;
};

/// Those that are named, or all, by name. @throws UsageError naming the nearest of one that no run has.
std::vector<Curve> chosen_curves(const std::vector<host::NamedRun>& runs, const std::vector<std::string>& chosen)
{
    std::vector<Curve> curves;
    std::map<std::string, std::size_t> known;
    for (const host::NamedRun& run : runs) {
        std::map<std::string, std::vector<host::NotedValue>> by_series;
        run.store.for_each_note([&](const host::NotedValue& note) { by_series[note.series].push_back(note); });
        for (auto& [series, values] : by_series) {
            ++known[series];
            if (chosen.empty() || std::ranges::find(chosen, series) != chosen.end())
                curves.push_back({run.name, series, std::move(values)});
        }
    }
    std::vector<std::string> names;
    for (const auto& [series, count] : known)
        names.push_back(series);
    for (const std::string& series : chosen)
        if (!known.contains(series))
            throw UsageError(fmt::format("--series {}: nothing of that name was noted{}", series,
                                         names.empty() ? "" : suggestion(series, names)));
    return curves;
}

report::Table table_of(const std::vector<Curve>& curves, bool several)
{
    report::Table table;
    if (several)
        table.columns.emplace_back("run");
    for (const char* column : {"series", "index", "evaluations", "value"})
        table.columns.emplace_back(column);
    for (const Curve& curve : curves)
        for (std::size_t i = 0; i < curve.values.size(); ++i) {
            std::vector<report::Cell>& row = table.rows.emplace_back();
            if (several)
                row.emplace_back(curve.run);
            row.emplace_back(curve.series);
            row.emplace_back(std::uint64_t{i});
            row.emplace_back(std::uint64_t{curve.values[i].row});
            row.emplace_back(curve.values[i].value);
        }
    return table;
}

bool over_evaluations(const Curve& curve)
{
    return std::ranges::adjacent_find(curve.values, std::ranges::greater_equal(), &host::NotedValue::row) ==
           curve.values.end();
}

/// Over the evaluations where each value has its own, else over the values.
std::string picture(const std::vector<Curve>& curves, bool several)
{
    if (curves.empty())
        throw UsageError("--format svg: no curve was noted");
    for (const Curve& curve : curves)
        if (curve.series != curves.front().series)
            throw UsageError(
                fmt::format("--format svg: draws one series; name it, such as --series '{}'", curves.front().series));
    const bool evaluations = std::ranges::all_of(curves, over_evaluations);
    report::Plot plot;
    plot.title = curves.front().series;
    plot.y_label = report::axis_label(plot.title);
    plot.x_label = evaluations ? "evaluations" : "values noted";
    for (std::size_t c = 0; c < curves.size(); ++c) {
        report::PlotSeries& drawn = plot.series.emplace_back();
        drawn.name = several ? curves[c].run : curves[c].series;
        drawn.style = c;
        for (std::size_t i = 0; i < curves[c].values.size(); ++i)
            if (const host::NotedValue& note = curves[c].values[i]; std::isfinite(note.value)) {
                drawn.x.push_back(static_cast<double>(evaluations ? note.row : i));
                drawn.y.push_back(note.value);
            }
    }
    std::string text = report::svg(plot);  // one element that a page's style sheet colours; here it has its own
    text.insert(text.find('>') + 1, "<style>" + report::plot_style_sheet() + "</style>");
    if (text.find("xmlns") == std::string::npos)
        text.insert(text.find("<svg") + 4, " xmlns=\"http://www.w3.org/2000/svg\"");
    return text;
}

int curves(const Arguments& arguments)
{
    const std::string format = arguments.choice("format", {"csv", "json", "svg"});
    const std::vector<host::NamedRun> runs = open_runs(arguments.positional);
    const std::vector<Curve> chosen = chosen_curves(runs, arguments.values("series"));
    say(stdout, format == "svg" ? picture(chosen, runs.size() > 1)
                                : report::to_text(table_of(chosen, runs.size() > 1),
                                                  format == "json" ? report::Format::json : report::Format::csv));
    return kDone;
}

}  // namespace

Command curves_command()
{
    return {.name = "curves",
            .positional = "RUN...",
            .summary = "what runs noted while they went: losses, errors of predictors, policies",
            .description =
                "Prints every value that the strategy, components and trainings noted, with the number of evaluations\n"
                "that there were; `results --notes` says which series there are.",
            .least_positional = 1,
            .options = {{"series", "NAME", "only this one; may be given several times", true},
                        {"format", "FORMAT", "csv (default), json, or svg: a picture of one series, a line a run"}},
            .run = curves};
}

}  // namespace espalier::app
