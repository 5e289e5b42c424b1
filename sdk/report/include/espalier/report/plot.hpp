// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace espalier::report {

/// What is drawn in one colour, dash pattern and marker: those of number `style` in the style sheet.
struct PlotSeries {
    std::string name;
    std::size_t style = 0;
    std::vector<double> x, y;       ///< ascending in x, all finite
    std::vector<double> low, high;  ///< a band about y; empty: none
    bool steps = false;             ///< a value holds until the next one
    bool line = true;
    bool markers = false;  ///< one at every point, with its values as a tooltip
};

/// A dashed line across the plot.
struct PlotLevel {
    std::string name;
    double y = 0;
};

/// A diagram with two axes, ticks at round numbers.
struct Plot {
    std::string title;             ///< for those who cannot see it
    std::string x_label, y_label;  ///< with the unit
    std::vector<PlotSeries> series;
    std::vector<PlotLevel> levels;
    bool from_zero_x = false;
    std::optional<double> least_y;  ///< begin there and cut off what lies below
};

/// Colours, dashes and markers of all styles, light and dark, as a style sheet. The colours are Okabe and Ito's, which
/// people with any common colour blindness tell apart.
std::string plot_style_sheet();
/// One <svg> element that needs nothing else but the style sheet. `series` without a point are left out.
std::string svg(const Plot&);
/// A list of names, each with its line and its marker; the first has style 0.
std::string legend(std::span<const std::string> names);

/// Round numbers (1, 2 or 5 times a power of ten apart), about `count` of them, from at or below `low` to at or above
/// `high`.
std::vector<double> round_ticks(double low, double high, std::size_t count);
/// "latency (ms)" of "latency_ms": the unit is in a metric's name.
std::string axis_label(const std::string& metric);

}  // namespace espalier::report
