// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison_page.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "espalier/report/page.hpp"
#include "espalier/report/plot.hpp"
#include "espalier/report/text.hpp"

#include "host/compare/comparison_tables.hpp"

namespace espalier::host {
namespace {

using report::html_text;
using report::Plot;
using report::PlotSeries;
using report::rounded;
using report::svg;

/// No number's stand-in.
bool is_word(const std::string& text)
{
    return text != "not reached" && !text.starts_with("> ");
}

std::string html(const report::Table& table)
{
    return report::html_table(table, is_word);
}

std::string legend(const Comparison& comparison)
{
    std::vector<std::string> names;
    for (const ComparedGroup& group : comparison.groups)
        names.push_back(group.name);
    return report::legend(names);
}

/// What lies beyond the reference adds nothing and would take the room of what does.
bool within_reference(const Comparison& comparison, std::span<const double> point)
{
    for (std::size_t m = 0; m < point.size(); ++m) {
        const double reference = comparison.reference[m];
        if (point[m] > (comparison.objectives[m].maximise ? -reference : reference))
            return false;
    }
    return true;
}

/// The groups' fronts in the plane of two objectives.
Plot front_plot(const Comparison& comparison, std::size_t x, std::size_t y)
{
    Plot plot;
    plot.x_label = report::axis_label(comparison.objectives[x].metric);
    plot.y_label = report::axis_label(comparison.objectives[y].metric);
    plot.title = fmt::format("Fronts: {} over {}", plot.y_label, plot.x_label);
    for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
        const moo::Points& front = comparison.groups[g].front;
        std::vector<std::pair<double, double>> points;
        for (std::size_t i = 0; i < front.rows(); ++i)
            if (within_reference(comparison, front[i]))
                points.emplace_back(comparison.objectives[x].maximise ? -front[i][x] : front[i][x],
                                    comparison.objectives[y].maximise ? -front[i][y] : front[i][y]);
        std::ranges::sort(points);
        // of two objectives the front is a staircase: at a cost one has the best of what costs no more
        const bool staircase = comparison.objectives.size() == 2 && !comparison.objectives[x].maximise;
        PlotSeries series{comparison.groups[g].name, g, {}, {}, {}, {}, staircase};
        series.line = comparison.objectives.size() == 2;
        series.markers = true;
        for (const auto& [px, py] : points) {
            series.x.push_back(px);
            series.y.push_back(py);
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

std::string fronts(const Comparison& comparison)
{
    const std::size_t objectives = comparison.objectives.size();
    if (objectives < 2)
        return "";
    std::string html = "<h2>Fronts</h2>\n<p class=\"soft\">What no other architecture of the group's runs dominates.";
    html += objectives > 2 ? " With more than two objectives, each against the first one.</p>\n" : "</p>\n";
    html += legend(comparison);
    // the cost across, the quality up
    for (std::size_t m = 1; m < objectives; ++m) {
        const bool first_up = comparison.objectives[0].maximise || !comparison.objectives[m].maximise;
        html +=
            "<figure>" + svg(first_up ? front_plot(comparison, m, 0) : front_plot(comparison, 0, m)) + "</figure>\n";
    }
    return html;
}

Plot curve_plot(const Comparison& comparison, const std::string& counted)
{
    Plot plot;
    plot.title = "Hypervolume over " + counted;
    plot.x_label = counted;
    plot.y_label = measure(comparison);
    plot.from_zero_x = true;
    for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
        const ComparedGroup& group = comparison.groups[g];
        PlotSeries series{group.name, g, {}, group.mean, {}, {}, true};
        for (std::size_t i = 0; i < group.mean.size(); ++i) {
            series.x.push_back(static_cast<double>(i + 1));
            if (group.runs.size() > 1) {
                series.low.push_back(group.mean[i] - group.spread[i]);
                series.high.push_back(group.mean[i] + group.spread[i]);
            }
        }
        plot.series.push_back(std::move(series));
    }
    // the first few counts would take all the height
    double least = std::numeric_limits<double>::infinity();
    for (const ComparedGroup& group : comparison.groups)
        if (const std::size_t i = group.mean.size() / 20; i < group.mean.size())
            least = std::min(least, group.mean[i] - group.spread[i]);
    if (std::isfinite(least))
        plot.least_y = std::max(least, 0.0);
    for (const Threshold& threshold : comparison.thresholds)
        plot.levels.push_back({fmt::format("{}@{}", threshold.group, threshold.count), threshold.level});
    return plot;
}

std::string reference_text(const Comparison& comparison)
{
    std::string text;
    for (std::size_t m = 0; m < comparison.objectives.size(); ++m)
        text += fmt::format("{}{} {}", m > 0 ? ", " : "", comparison.objectives[m].metric,
                            rounded(comparison.reference[m]));
    return text;
}

}  // namespace

std::string comparison_page(const Comparison& comparison, const std::string& title, const std::string& counted,
                            const std::vector<std::size_t>& counts)
{
    std::string objectives;
    for (const Objective& objective : comparison.objectives)
        objectives += fmt::format("{}{} ({})", objectives.empty() ? "" : ", ", objective.metric,
                                  objective.maximise ? "highest" : "lowest");
    std::string body = fmt::format("<p class=\"soft\">Objectives: {}. Reference point: {}.</p>\n",
                                   html_text(objectives), html_text(reference_text(comparison)));
    body += fmt::format("<h2>Hypervolume over {}</h2>\n", counted);
    const bool bands = std::ranges::any_of(comparison.groups, [](const auto& g) { return g.runs.size() > 1; });
    body += fmt::format("<p class=\"soft\">Mean of each group's runs{}.</p>\n",
                        bands ? "; the band is one standard deviation to either side" : "");
    body += legend(comparison) + "<figure>" + svg(curve_plot(comparison, counted)) + "</figure>\n";
    body += html(group_table(comparison, counts));
    body += fronts(comparison);
    if (!comparison.thresholds.empty()) {
        body += fmt::format(
            "<h2>{} to a threshold</h2>\n<p class=\"soft\">GROUP@COUNT is the hypervolume of that group's mean curve "
            "after that many {}. Median over the runs, with the 95 % bootstrap interval of the median.</p>\n",
            counted == "rows" ? "Rows" : "Evaluations", counted);
        body += html(threshold_table(comparison, true));
        if (const report::Table ratios = ratio_table(comparison); !ratios.rows.empty())
            body += "<p class=\"soft\">How many times as many, on the mean curves:</p>\n" + html(ratios);
    }
    if (const report::Table verified = verification_table(comparison); !verified.rows.empty())
        body +=
            "<h2>Winners, priced again</h2>\n<p class=\"soft\">What the cost models of the search said, and what "
            "those under <code>verify</code> did.</p>\n" +
            html(verified);
    body += "<h2>Runs</h2>\n" + html(run_table(comparison));
    if (!comparison.warnings.empty()) {
        body += "<h2>To be kept in mind</h2>\n<ul>\n";
        for (const std::string& warning : comparison.warnings)
            body += fmt::format("<li>{}</li>\n", html_text(warning));
        body += "</ul>\n";
    }
    return report::html_page(title, body);
}

}  // namespace espalier::host
