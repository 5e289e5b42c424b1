// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison_page.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "host/compare/comparison_tables.hpp"
#include "host/compare/svg_plot.hpp"

namespace espalier::host {
namespace {

constexpr const char* kStyle = R"(
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}
p{max-width:46rem;margin:.4rem 0}.soft,caption{color:var(--soft);font-size:.92rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;padding:0;margin:.3rem 0;list-style:none}
.legend li{display:flex;align-items:center;gap:.5rem}.sample{width:44px;height:12px;flex:none}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;margin:.4rem 0}
th,td{padding:.22rem .8rem .22rem 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
th{font-weight:600;vertical-align:bottom}td.text,th.text{text-align:left}tbody tr:nth-child(even){background:var(--stripe)}
figure{margin:.4rem 0 1rem}
)";

/// Text that is no number's stand-in.
bool is_word(const Cell& cell)
{
    const auto* text = std::get_if<std::string>(&cell);
    return text != nullptr && *text != "not reached" && !text->starts_with("> ");
}

std::string table(const Table& table)
{
    std::vector<bool> textual(table.columns.size());
    for (const std::vector<Cell>& row : table.rows)
        for (std::size_t c = 0; c < row.size(); ++c)
            textual[c] = textual[c] || is_word(row[c]);
    const auto cell = [&](const char* tag, std::size_t column, const std::string& text) {
        return fmt::format("<{0}{1}>{2}</{0}>", tag, textual[column] ? " class=\"text\"" : "", html_text(text));
    };
    std::string html = "<div class=\"wide\"><table><thead><tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
        html += cell("th", c, table.columns[c]);
    html += "</tr></thead><tbody>\n";
    for (const std::vector<Cell>& row : table.rows) {
        html += "<tr>";
        for (std::size_t c = 0; c < row.size(); ++c) {
            std::string text;
            if (const auto* given = std::get_if<std::string>(&row[c]))
                text = *given;
            else if (const auto* number = std::get_if<double>(&row[c]))
                text = rounded(*number);
            else if (const auto* count = std::get_if<std::uint64_t>(&row[c]))
                text = std::to_string(*count);
            html += cell("td", c, text);
        }
        html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string legend(const Comparison& comparison)
{
    std::string html = "<ul class=\"legend\">";
    for (std::size_t g = 0; g < comparison.groups.size(); ++g)
        html += fmt::format("<li>{}{}</li>", legend_sample(g), html_text(comparison.groups[g].name));
    return html + "</ul>\n";
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
    plot.x_label = axis_label(comparison.objectives[x].metric);
    plot.y_label = axis_label(comparison.objectives[y].metric);
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
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
        "<style>\n{}{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n"
        "<p class=\"soft\">Objectives: {}. Reference point: {}.</p>\n",
        html_text(title), plot_style_sheet(), kStyle, html_text(title), html_text(objectives),
        html_text(reference_text(comparison)));
    html += fmt::format("<h2>Hypervolume over {}</h2>\n", counted);
    const bool bands = std::ranges::any_of(comparison.groups, [](const auto& g) { return g.runs.size() > 1; });
    html += fmt::format("<p class=\"soft\">Mean of each group's runs{}.</p>\n",
                        bands ? "; the band is one standard deviation to either side" : "");
    html += legend(comparison) + "<figure>" + svg(curve_plot(comparison, counted)) + "</figure>\n";
    html += table(group_table(comparison, counts));
    html += fronts(comparison);
    if (!comparison.thresholds.empty()) {
        html += fmt::format(
            "<h2>{} to a threshold</h2>\n<p class=\"soft\">GROUP@COUNT is the hypervolume of that group's mean curve "
            "after that many {}. Median over the runs, with the 95 % bootstrap interval of the median.</p>\n",
            counted == "rows" ? "Rows" : "Evaluations", counted);
        html += table(threshold_table(comparison, true));
        if (const Table ratios = ratio_table(comparison); !ratios.rows.empty())
            html += "<p class=\"soft\">How many times as many, on the mean curves:</p>\n" + table(ratios);
    }
    html += "<h2>Runs</h2>\n" + table(run_table(comparison));
    if (!comparison.warnings.empty()) {
        html += "<h2>To be kept in mind</h2>\n<ul>\n";
        for (const std::string& warning : comparison.warnings)
            html += fmt::format("<li>{}</li>\n", html_text(warning));
        html += "</ul>\n";
    }
    return html + "</main>\n</body>\n</html>\n";
}

}  // namespace espalier::host
