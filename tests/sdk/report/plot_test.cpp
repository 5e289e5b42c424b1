// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/plot.hpp"

#include <algorithm>

#include "espalier/rng.hpp"

#include "catch.hpp"
#include "toys/drawn.hpp"

using namespace espalier::report;

namespace {

Plot plot_of(std::vector<double> x, std::vector<double> y)
{
    Plot plot;
    plot.series.push_back({"a", 0, std::move(x), std::move(y), {}, {}});
    return plot;
}

/// 0, 1, 2, ...
std::vector<double> counted(std::size_t count)
{
    std::vector<double> x(count);
    for (std::size_t i = 0; i < count; ++i)
        x[i] = static_cast<double>(i);
    return x;
}

}  // namespace

TEST_CASE("a spike of one point among ten thousand is drawn, up or down", "[plot]")
{
    const bool steps = GENERATE(false, true);
    std::vector<double> y(10000, 0.0);
    y[5002] = 1;
    y[5004] = -1;  // in the same pixel column
    y[8000] = y[9998] = 0.5;
    y[1] = 0.5;
    y[0] = y[9999] = 0.25;
    Plot plot = plot_of(counted(y.size()), y);
    plot.series.front().steps = steps;
    const DrawnPoints line = drawn_path(svg(plot), "line");
    CHECK(line.size() < 4 * 624);
    CHECK(std::ranges::is_sorted(line, {}, &DrawnPoints::value_type::first));
    const auto [top, bottom] = std::ranges::minmax_element(line, {}, &DrawnPoints::value_type::second);
    CHECK(top->second == Approx(kDrawnTop + 352 * 0.03 / 1.06).margin(0.06));
    CHECK(bottom->second == Approx(kDrawnBottom - 352 * 0.03 / 1.06).margin(0.06));
    CHECK(top < bottom);  // in their order
    CHECK(std::ranges::count_if(line, [](const auto& point) { return point.second > 100 && point.second < 110; }) > 0);
    // neither is the lowest nor the highest of its column
    const double quarter = 190 - 352 * 0.25 / 2.12;
    CHECK(line.front().second == Approx(quarter).margin(0.06));
    CHECK(line.back().second == Approx(quarter).margin(0.06));
}

TEST_CASE("noise is thinned within pixel columns only", "[plot]")
{
    espalier::Rng rng(1);
    std::vector<double> y(10000);
    for (double& value : y)
        value = rng.uniform();
    const std::size_t points = drawn_path(svg(plot_of(counted(y.size()), y)), "line").size();
    CHECK(points > 3 * 600);
    CHECK(points <= 4 * 601);
}

TEST_CASE("few points are all drawn, where they are", "[plot]")
{
    Plot plot = plot_of({1, 1.5, 2}, {5, 7, 6});
    plot.from_zero_x = true;
    plot.least_y = 5;
    const double room = 0.03 * 2 / 2.12;  // above and below
    const auto y = [&](double share) {
        return Approx(kDrawnBottom - 352 * (room + share * (1 - 2 * room))).margin(0.06);
    };
    const DrawnPoints line = drawn_path(svg(plot), "line");
    REQUIRE(line.size() == 3);
    CHECK(line[0].first == (kDrawnLeft + kDrawnRight) / 2);
    CHECK(line[1].first == kDrawnLeft + 0.75 * (kDrawnRight - kDrawnLeft));
    CHECK(line[2].first == kDrawnRight);
    CHECK(line[0].second == y(0));
    CHECK(line[1].second == y(1));
    CHECK(line[2].second == y(0.5));

    plot.series.front().steps = true;
    const DrawnPoints stairs = drawn_path(svg(plot), "line");
    REQUIRE(stairs.size() == 5);
    CHECK(stairs[1].first == stairs[2].first);
    CHECK(stairs[1].second == y(0));  // holds until the next one
    CHECK(stairs[2].second == y(1));
    CHECK(stairs[3].second == y(1));
}

TEST_CASE("a band goes along its upper edge and back along its lower one", "[plot]")
{
    Plot plot = plot_of({0, 1}, {5, 5});
    plot.series.front().low = {4, 3};
    plot.series.front().high = {6, 7};
    const DrawnPoints band = drawn_path(svg(plot), "band");
    REQUIRE(band.size() == 4);
    CHECK(band[0].first < band[1].first);
    CHECK(band[2].first == band[1].first);
    CHECK(band[3].first == band[0].first);
    CHECK(band[1].second < band[0].second);
    CHECK(band[0].second < band[3].second);
    CHECK(band[3].second < band[2].second);
    CHECK(band[2].second <= kDrawnBottom);  // the axis has room for the band
    CHECK(band[1].second >= kDrawnTop);
}

TEST_CASE("what lies outside the axes is cut off or left out", "[plot]")
{
    Plot plot = plot_of({9, 21}, {0, 100});
    plot.least_y = 50;
    plot.levels = {{"beyond", 1000}, {"within", 60}, {"also", 61}};
    const std::string picture = svg(plot);
    CHECK(drawn_path(picture, "line").front().second > kDrawnBottom);
    CHECK_THAT(picture, ContainsSubstring("<svg x=\"72\" y=\"0\" width=\"636\" height=\"372\""));
    CHECK_THAT(picture, ContainsSubstring(">within<") && !ContainsSubstring(">beyond<"));
    const std::vector<double> lines = drawn_numbers(picture, "\"level\"><line [^>]*y1=\"([0-9.]+)\"");
    const std::vector<double> names = drawn_numbers(picture, "\"level\"><line [^>]*/><text [^>]*y=\"([0-9.]+)\"");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] > lines[1]);  // from below
    CHECK(names[0] == Approx(lines[0] - 4).margin(0.11));
    CHECK(names[1] <= names[0] - 14 + 0.11);  // does not cover the one below

    plot.series.push_back({"empty", 1, {}, {}, {}, {}});
    CHECK(svg(plot) == picture);
    for (const double tick : drawn_numbers(picture, "<text x=\"([0-9.]+)\" y=\"384\"")) {
        CHECK(tick >= kDrawnLeft);
        CHECK(tick <= kDrawnRight);
    }
    CHECK_THAT(svg(Plot{}), ContainsSubstring("nothing to draw"));
}

TEST_CASE("markers have their values, styles come round again, large numbers a word", "[plot]")
{
    Plot plot = plot_of({1e6, 3e6}, {1, 1});
    plot.x_label = "macs";
    plot.series.front().markers = true;
    plot.series.front().line = false;
    plot.series.front().style = 9;
    plot.series.front().name = "a<b";
    const std::string picture = svg(plot);
    CHECK_THAT(picture, ContainsSubstring("<title>a&lt;b: 3000000, 1</title>"));
    CHECK_THAT(picture, ContainsSubstring("class=\"s1\"") && !ContainsSubstring("class=\"line\""));
    CHECK_THAT(picture, ContainsSubstring(">macs [millions]<") && ContainsSubstring(">2.5</text>"));
    // a constant has an axis, too
    CHECK_THAT(picture, ContainsSubstring(">0.95</text>") && ContainsSubstring(">1.05</text>"));
    const std::string names = legend(std::vector<std::string>(10, "a<b"));
    CHECK_THAT(names.substr(names.rfind("<li>")),
               ContainsSubstring("sample s1\"") && ContainsSubstring("</svg>a&lt;b</li>"));
    for (const char* style : {".s0 ", ".s7 "})
        CHECK_THAT(plot_style_sheet(), ContainsSubstring(style));
}

TEST_CASE("ticks are round numbers", "[plot]")
{
    CHECK(round_ticks(0, 500, 5) == std::vector<double>{0, 100, 200, 300, 400, 500});
    CHECK(round_ticks(83, 91, 4) == std::vector<double>{82, 84, 86, 88, 90, 92});
    CHECK(round_ticks(2e8, 3e8, 2) == std::vector<double>{2e8, 2.5e8, 3e8});
    const std::vector<double> small = round_ticks(0.72, 0.97, 6);
    CHECK(small.front() == Approx(0.7));
    CHECK(small[1] - small[0] == Approx(0.05));
    CHECK(axis_label("latency_ms") == "latency (ms)");
    CHECK(axis_label("top1_pct") == "top1 (%)");
    CHECK(axis_label("macs") == "macs");
}
