// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison_page.hpp"

#include <cmath>

#include "catch.hpp"
#include "groups.hpp"
#include "toys/drawn.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// Up to the axes' own room, which pictures have on each side.
auto pixel(double at)
{
    return Approx(at).margin(0.11);
}

Comparison a_and_b(const std::vector<Objective>& objectives, const std::vector<std::vector<double>>& a,
                   const std::vector<std::vector<double>>& b, const std::map<std::string, double>& reference)
{
    ComparisonOptions options;
    options.reference = reference;
    return compare(objectives, {group("a", {found(a)}), group("b", {found(b)})}, options);
}

/// The n-th picture of a page, from 0: curves first, then fronts.
std::string picture(const Comparison& comparison, std::size_t n, const std::string& counted = "evaluations")
{
    const std::string page = comparison_page(comparison, "title", counted, {});
    std::size_t at = page.find("<figure>");
    for (; n > 0; --n)
        at = page.find("<figure>", at + 1);
    REQUIRE(at != std::string::npos);
    return page.substr(at, page.find("</figure>", at) - at);
}

}  // namespace

TEST_CASE("a front is drawn with the cost across and the quality up, as far as the reference", "[comparison_page]")
{
    const Comparison quality_first =
        a_and_b({{"quality", true}, {"cost", false}}, {{-0.25, 1}, {-1, 2}, {-3, 4}, {-9, 12}}, {{-2, 5}},
                {{"quality", 0.5}, {"cost", 10}});
    const std::string drawn = picture(quality_first, 1);
    CHECK_THAT(drawn, ContainsSubstring("<title>a: 2, 1</title>") && ContainsSubstring("<title>a: 4, 3</title>") &&
                          ContainsSubstring("<title>b: 5, 2</title>"));
    CHECK_THAT(drawn, !ContainsSubstring("<title>a: 12, 9</title>") && !ContainsSubstring("<title>a: 1, 0.25</title>"));
    // a staircase: at a cost one has the best of what costs no more
    const DrawnPoints stairs = drawn_path(drawn, "line");
    REQUIRE(stairs.size() == 3);
    CHECK(stairs[1].second == stairs[0].second);
    CHECK(stairs[1].first == stairs[2].first);

    const Comparison cost_first =
        a_and_b({{"cost", false}, {"quality", true}}, {{2, -1}, {4, -3}}, {{5, -2}}, {{"quality", 0}, {"cost", 10}});
    CHECK(picture(cost_first, 1) == drawn);
    const Comparison two_costs =
        a_and_b({{"error", false}, {"cost", false}}, {{3, 2}, {1, 4}}, {{2, 5}}, {{"error", 10}, {"cost", 10}});
    CHECK_THAT(picture(two_costs, 1), ContainsSubstring("<title>a: 2, 3</title>"));
    // of two qualities the better is to the right: no staircase
    const Comparison two_qualities =
        a_and_b({{"quality", true}, {"speed", true}}, {{-1, -4}, {-3, -2}}, {{-2, -1}}, {{"quality", 0}, {"speed", 0}});
    const std::string fast = picture(two_qualities, 1);
    CHECK_THAT(fast, ContainsSubstring("<title>a: 4, 1</title>") && ContainsSubstring("<title>a: 2, 3</title>"));
    CHECK(drawn_path(fast, "line").size() == 2);
}

TEST_CASE("of three objectives each is drawn against the first, without lines", "[comparison_page]")
{
    const Comparison three = a_and_b({{"quality", true}, {"cost", false}, {"size", false}}, {{-1, 2, 7}, {-3, 4, 8}},
                                     {{-2, 5, 6}}, {{"quality", 0}, {"cost", 10}, {"size", 10}});
    CHECK_THAT(picture(three, 1), ContainsSubstring("<title>a: 4, 3</title>"));
    const std::string second = picture(three, 2);
    CHECK_THAT(second, ContainsSubstring("<title>a: 8, 3</title>") && !ContainsSubstring("class=\"line\""));
}

TEST_CASE("curves begin at the first count, with bands of one deviation and thresholds", "[comparison_page]")
{
    ComparisonOptions options;
    options.reference = {{"quality", 0}, {"cost", 10}};
    options.thresholds = {"slow@3"};
    const std::string drawn = picture(slow_and_fast(options), 0);
    // slow: means 1, 5, 6.5, 16 with deviations 0, sqrt 32, sqrt 12.5, 0, drawn as stairs
    const DrawnPoints line = drawn_path(drawn, "line"), band = drawn_path(drawn, "band");
    REQUIRE(line.size() == 7);
    REQUIRE(band.size() == 14);
    CHECK(line.front().first == pixel(kDrawnLeft + 624.0 / 4));
    CHECK(line.back().first == pixel(kDrawnRight));
    const double per_unit = (line.front().second - line.back().second) / 15;
    CHECK(line[2].second == pixel(line.front().second - 4 * per_unit));
    CHECK(band[2].second == pixel(line[2].second - std::sqrt(32.0) * per_unit));
    CHECK(band[11].second == pixel(line[2].second + std::sqrt(32.0) * per_unit));
    const std::vector<double> level = drawn_numbers(drawn, "\"level\"><line [^>]*y1=\"([0-9.]+)\"");
    REQUIRE(level.size() == 1);
    CHECK(level.front() == pixel(line[4].second));
    CHECK_THAT(drawn, ContainsSubstring(">slow@3<"));
}

TEST_CASE("the first twentieth of the curves does not take the height", "[comparison_page]")
{
    std::vector<std::vector<double>> late(40, {-1, 9});
    for (std::size_t i = 2; i < late.size(); ++i)
        late[i] = {-5 - static_cast<double>(i), 5};
    const Comparison comparison =
        a_and_b({{"quality", true}, {"cost", false}}, late, late, {{"quality", 0}, {"cost", 10}});
    const DrawnPoints line = drawn_path(picture(comparison, 0), "line");
    CHECK(line.front().second > kDrawnBottom);  // cut off
    CHECK(line[4].second == Approx(kDrawnBottom).margin(0.04 * 352));
    CHECK(line[4].second < kDrawnBottom);
}

TEST_CASE("words stand to the left and numbers to the right; what is asked for and warned of is said",
          "[comparison_page]")
{
    Comparison comparison = slow_and_fast({});
    comparison.warnings = {"5 < 6"};
    const std::string page = comparison_page(comparison, "title", "rows", {1});
    CHECK_THAT(page, ContainsSubstring("<h2>Rows to a threshold</h2>") && ContainsSubstring("after that many rows"));
    CHECK_THAT(page, ContainsSubstring("<td class=\"text\">slow</td>") && ContainsSubstring("<td>not reached</td>") &&
                         ContainsSubstring("<td>&gt; 2</td>"));
    CHECK_THAT(page, ContainsSubstring("<li>5 &lt; 6</li>"));
    CHECK_THAT(page, ContainsSubstring("Objectives: quality (highest), cost (lowest). Reference point: quality 1, "
                                       "cost 9."));
    CHECK_THAT(page, ContainsSubstring("sample s0") && ContainsSubstring("sample s1"));
    comparison.warnings.clear();
    const std::string calm = comparison_page(comparison, "title", "evaluations", {1});
    CHECK_THAT(calm, ContainsSubstring("<h2>Evaluations to a threshold</h2>"));
    CHECK_THAT(calm, !ContainsSubstring("kept in mind"));
}
