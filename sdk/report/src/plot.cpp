// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "espalier/report/text.hpp"

namespace espalier::report {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 78, kRight = 18, kTop = 14, kBottom = 54;
constexpr std::size_t kStyles = 8;

struct Colours {
    const char *light, *dark;
};
constexpr std::array<Colours, kStyles> kColours{{{"#0072b2", "#56b4e9"},
                                                 {"#d55e00", "#ff8f3f"},
                                                 {"#009e73", "#35d0a5"},
                                                 {"#b0578d", "#e59fc6"},
                                                 {"#8a6d00", "#f0d04a"},
                                                 {"#4d4d4d", "#cccccc"},
                                                 {"#56b4e9", "#a7d8f5"},
                                                 {"#e69f00", "#ffc657"}}};
constexpr std::array<const char*, kStyles> kDashes{"none", "8 4", "2 3",  "10 3 2 3",
                                                   "5 2",  "1 2", "12 4", "6 2 1 2 1 2"};

/// Where values lie on the picture.
struct Axis {
    double low = 0, high = 1, from = 0, to = 1;
    std::vector<double> ticks;
    double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Large numbers are written in a power of 1,000 that stands in the axis' label.
struct Scale {
    double factor = 1;
    const char* name = "";
};

Scale scale_of(const Axis& axis)
{
    const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
    for (const auto& [factor, name] : {std::pair{1e9, "billions"}, {1e6, "millions"}})
        if (largest >= factor)
            return {factor, name};
    return {};
}

std::string label_with(const std::string& label, const Scale& scale)
{
    return *scale.name != 0 ? fmt::format("{} [{}]", label, scale.name) : label;
}

std::string tick_text(double tick, const Scale& scale)
{
    const double shown = tick / scale.factor;
    return rounded(std::abs(shown) < 1e-12 ? 0 : shown);
}

Axis axis(double low, double high, double from, double to, std::size_t count)
{
    if (low == high) {
        const double room = low == 0 ? 1 : std::abs(low) * 0.1;
        low -= room, high += room;
    }
    Axis result;
    result.low = low;
    result.high = high;
    for (const double tick : round_ticks(low, high, count))
        if (tick >= low - 1e-9 * (high - low) && tick <= high + 1e-9 * (high - low))
            result.ticks.push_back(tick);
    result.from = from;
    result.to = to;
    return result;
}

std::string marker(std::size_t style, double x, double y)
{
    const double r = 3.6;
    switch (style % 4) {
        case 0:
            return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", x, y, r);
        case 1:
            return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>", x - r, y - r, 2 * r,
                               2 * r);
        case 2:
            return fmt::format("<path d=\"M{:.1f} {:.1f}l4.4 7.6h-8.8z\"/>", x, y - 5);
        default:
            return fmt::format("<path d=\"M{:.1f} {:.1f}l5 5l-5 5l-5 -5z\"/>", x, y - 5);
    }
}

using Points = std::vector<std::pair<double, double>>;

/// Of the points that share a pixel column the first, the extremes and the last, in their order.
Points thinned(const Points& points)
{
    Points kept;
    for (auto begin = points.begin(); begin != points.end();) {
        const auto end = std::find_if(begin, points.end(), [column = std::floor(begin->first)](const auto& point) {
            return std::floor(point.first) != column;
        });
        auto [low, high] = std::ranges::minmax_element(begin, end, {}, &Points::value_type::second);
        if (high < low)
            std::swap(low, high);
        auto before = points.end();
        for (const auto at : {begin, low, high, std::prev(end)})
            if (at != std::exchange(before, at))
                kept.push_back(*at);
        begin = end;
    }
    return kept;
}

/// The points of a line on the picture.
Points line_points(const std::vector<double>& x, const std::vector<double>& y, const Axis& across, const Axis& up,
                   bool steps)
{
    Points all;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (steps && i > 0)
            all.emplace_back(across.at(x[i]), all.back().second);
        all.emplace_back(across.at(x[i]), up.at(y[i]));
    }
    return thinned(all);
}

std::string path(const Points& points)
{
    std::string d;
    for (std::size_t i = 0; i < points.size(); ++i)
        d += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", points[i].first, points[i].second);
    return d;
}

std::string frame(const Axis& across, const Axis& up, const Plot& plot)
{
    const Scale x_scale = scale_of(across), y_scale = scale_of(up);
    std::string text = "<g class=\"axes\">";
    for (const double tick : across.ticks)
        text += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0:.1f}\" y=\"{3}\" "
            "text-anchor=\"middle\">{4}</text>",
            across.at(tick), kTop, kHeight - kBottom, kHeight - kBottom + 18, tick_text(tick, x_scale));
    for (const double tick : up.ticks)
        text += fmt::format(
            "<line x1=\"{1}\" x2=\"{2}\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/><text x=\"{3}\" y=\"{4:.1f}\" "
            "text-anchor=\"end\">{5}</text>",
            up.at(tick), kLeft, kWidth - kRight, kLeft - 8, up.at(tick) + 4, tick_text(tick, y_scale));
    text += fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                        (kLeft + kWidth - kRight) / 2, kHeight - 12, html_text(label_with(plot.x_label, x_scale)));
    text += fmt::format(
        "<text class=\"label\" transform=\"translate(18 {}) rotate(-90)\" text-anchor=\"middle\">{}</text></g>",
        (kTop + kHeight - kBottom) / 2, html_text(label_with(plot.y_label, y_scale)));
    return text;
}

/// Dashed lines with their names, which keep off each other.
std::string levels(std::vector<PlotLevel> all, const Axis& up)
{
    std::ranges::sort(all, {}, &PlotLevel::y);
    double free_below = std::numeric_limits<double>::infinity();  // a name must stand above this
    std::string text;
    for (const PlotLevel& level : all) {
        if (level.y < up.low || level.y > up.high)
            continue;
        const double y = up.at(level.y), name_y = std::min(y - 4, free_below);
        free_below = name_y - 14;
        text += fmt::format(
            "<g class=\"level\"><line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"{1}\" "
            "y=\"{3:.1f}\" text-anchor=\"end\">{4}</text></g>",
            kLeft, kWidth - kRight, y, name_y, html_text(level.name));
    }
    return text;
}

}  // namespace

std::vector<double> round_ticks(double low, double high, std::size_t count)
{
    const double rough = (high - low) / static_cast<double>(std::max<std::size_t>(count, 1));
    const double power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double multiple : {1.0, 2.0, 5.0})
        if (multiple * power >= rough * (1 - 1e-9)) {
            step = multiple * power;
            break;
        }
    std::vector<double> ticks;
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    for (double i = first; i <= last; ++i)
        ticks.push_back(i * step);
    return ticks;
}

std::string axis_label(const std::string& metric)
{
    static constexpr std::array<std::pair<const char*, const char*>, 12> kUnits{{{"_ms", "ms"},
                                                                                 {"_us", "us"},
                                                                                 {"_ns", "ns"},
                                                                                 {"_s", "s"},
                                                                                 {"_pct", "%"},
                                                                                 {"_mj", "mJ"},
                                                                                 {"_j", "J"},
                                                                                 {"_w", "W"},
                                                                                 {"_kib", "KiB"},
                                                                                 {"_mib", "MiB"},
                                                                                 {"_bytes", "bytes"},
                                                                                 {"_mmacs", "millions"}}};
    std::string name = metric;
    std::string unit;
    for (const auto& [suffix, written] : kUnits)
        if (metric.size() > std::string_view(suffix).size() && metric.ends_with(suffix)) {
            name = metric.substr(0, metric.size() - std::string_view(suffix).size());
            unit = fmt::format(" ({})", written);
            break;
        }
    std::ranges::replace(name, '_', ' ');
    return name + unit;
}

std::string plot_style_sheet()
{
    std::string light, dark, rules;
    for (std::size_t s = 0; s < kStyles; ++s) {
        light += fmt::format("--c{}:{};", s, kColours[s].light);
        dark += fmt::format("--c{}:{};", s, kColours[s].dark);
        rules += fmt::format(
            ".s{0} .line{{stroke:var(--c{0});stroke-dasharray:{1}}}.s{0} .band{{fill:var(--c{0})}}"
            ".s{0} .marks{{fill:var(--c{0})}}\n",
            s, kDashes[s]);
    }
    return fmt::format(
        ":root{{color-scheme:light "
        "dark;--paper:#fff;--ink:#1b1b1b;--soft:#5c5c5c;--grid:#e3e3e3;--stripe:#f5f5f3;{}}}\n"
        "@media (prefers-color-scheme:dark){{:root{{--paper:#16181b;--ink:#ececec;--soft:#a9adb3;--grid:#33373c;"
        "--stripe:#1d2024;{}}}}}\n"
        "figure{{overflow-x:auto}}figure svg{{display:block;width:100%;min-width:34rem;height:auto}}\n"
        ".axes line{{stroke:var(--grid)}}.axes text{{fill:var(--soft);font-size:13px}}\n"
        ".axes .label{{fill:var(--ink);font-size:14px}}\n"
        ".line{{fill:none;stroke-width:2;stroke-linejoin:round}}.band{{opacity:.16}}\n"
        ".marks{{stroke:var(--paper);stroke-width:.8}}\n"
        ".level line{{stroke:var(--soft);stroke-dasharray:3 3}}.level text{{fill:var(--soft);font-size:12px;"
        "stroke:var(--paper);stroke-width:3px;paint-order:stroke}}\n{}",
        light, dark, rules);
}

std::string legend(std::span<const std::string> names)
{
    std::string html = "<ul class=\"legend\">";
    for (std::size_t style = 0; style < names.size(); ++style)
        html += fmt::format(
            "<li><svg class=\"sample s{}\" viewBox=\"0 0 44 12\" aria-hidden=\"true\"><path class=\"line\" "
            "d=\"M0 6H44\"/><g class=\"marks\">{}</g></svg>{}</li>",
            style % kStyles, marker(style, 22, 6), html_text(names[style]));
    return html + "</ul>\n";
}

std::string svg(const Plot& plot)
{
    double low_x = std::numeric_limits<double>::infinity(), high_x = -low_x, low_y = low_x, high_y = -low_x;
    const auto widen = [](double& low, double& high, const std::vector<double>& values) {
        for (const double value : values)
            low = std::min(low, value), high = std::max(high, value);
    };
    for (const PlotSeries& series : plot.series) {
        widen(low_x, high_x, series.x);
        for (const std::vector<double>* values : {&series.y, &series.low, &series.high})
            widen(low_y, high_y, *values);
    }
    if (low_x > high_x)
        return "<p>nothing to draw</p>\n";
    if (plot.from_zero_x)
        low_x = 0;
    if (plot.least_y)
        low_y = std::min(*plot.least_y, high_y);
    const double room_x = plot.from_zero_x ? 0 : 0.02 * (high_x - low_x), room_y = 0.03 * (high_y - low_y);
    const Axis across = axis(low_x - room_x, high_x + room_x, kLeft, kWidth - kRight, 7);
    const Axis up = axis(low_y - room_y, high_y + room_y, kHeight - kBottom, kTop, 8);

    std::string text = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth, kHeight,
                                   html_text(plot.title));
    text += frame(across, up, plot);
    // what lies below the axis is cut off, not drawn over its numbers
    text += fmt::format("<svg x=\"{0}\" y=\"0\" width=\"{1}\" height=\"{2}\" viewBox=\"{0} 0 {1} {2}\">", kLeft - 6,
                        kWidth - kLeft - kRight + 12, kHeight - kBottom + 6);
    for (const PlotSeries& series : plot.series) {
        if (series.x.empty())
            continue;
        text += fmt::format("<g class=\"s{}\">", series.style % kStyles);
        if (!series.low.empty()) {
            Points edge = line_points(series.x, series.high, across, up, series.steps);
            const Points back = line_points(series.x, series.low, across, up, series.steps);
            edge.insert(edge.end(), back.rbegin(), back.rend());
            text += fmt::format("<path class=\"band\" d=\"{}Z\"/>", path(edge));
        }
        if (series.line)
            text +=
                fmt::format("<path class=\"line\" d=\"{}\"><title>{}</title></path>",
                            path(line_points(series.x, series.y, across, up, series.steps)), html_text(series.name));
        if (series.markers) {
            text += "<g class=\"marks\">";
            for (std::size_t i = 0; i < series.x.size(); ++i)
                text += fmt::format("<g>{}<title>{}: {}, {}</title></g>",
                                    marker(series.style, across.at(series.x[i]), up.at(series.y[i])),
                                    html_text(series.name), rounded(series.x[i]), rounded(series.y[i]));
            text += "</g>";
        }
        text += "</g>";
    }
    return text + "</svg>" + levels(plot.levels, up) + "</svg>\n";
}

}  // namespace espalier::report
