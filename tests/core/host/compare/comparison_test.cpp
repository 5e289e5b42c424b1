// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "groups.hpp"
#include "host/compare/comparison_page.hpp"
#include "host/compare/comparison_tables.hpp"

using namespace espalier;
using namespace espalier::host;

TEST_CASE("means, spreads and thresholds agree with those computed by hand", "[compare]")
{
    ComparisonOptions options;
    options.reference = {{"quality", 0}, {"cost", 10}};
    options.thresholds = {"slow@3", "fast", "slow"};
    const Comparison result = slow_and_fast(options);
    // first run: (-1, 9) is a box of 1; with (-2, 8) 2 x 2 = 4; (-4, 6) holds both: 16
    CHECK(result.groups[0].curves[0] == std::vector<double>{1, 1, 4, 16});
    CHECK(result.groups[0].curves[1] == std::vector<double>{1, 9, 9, 16});
    CHECK(result.groups[1].curves[0] == std::vector<double>{16, 25});
    CHECK(result.groups[0].mean == std::vector<double>{1, 5, 6.5, 16});
    CHECK(result.groups[0].spread[0] == 0);
    CHECK(result.groups[0].spread[1] == Approx(std::sqrt(32.0)));
    CHECK(result.groups[1].spread == std::vector<double>{0, 0});
    CHECK(result.warnings.empty());
    CHECK(result.chosen_reference);

    REQUIRE(result.thresholds.size() == 3);
    CHECK(result.thresholds[0].level == 6.5);
    CHECK(result.arrivals[0][0].count == 3);
    CHECK(result.arrivals[0][0].median == 3);  // 4 and 2
    CHECK(result.arrivals[0][0].low == 2);
    CHECK(result.arrivals[0][0].high == 4);
    CHECK(result.arrivals[0][0].reached == 2);
    CHECK(result.arrivals[0][1].count == 1);
    CHECK(result.thresholds[1].count == 2);
    CHECK(std::isinf(result.arrivals[1][0].count));
    CHECK(result.arrivals[1][0].reached == 0);
    CHECK(result.arrivals[2][0].count == 4);
    CHECK(result.arrivals[2][1].count == 1);

    const report::Table ratios = ratio_table(result);
    REQUIRE(ratios.rows.size() == 3);
    CHECK(ratios.rows[0] == std::vector<report::Cell>{"slow@3", "slow", "fast", 3.0});
    CHECK(ratios.rows[1] == std::vector<report::Cell>{"fast@2", "slow", "fast", "> 2"});
    CHECK(ratios.rows[2] == std::vector<report::Cell>{"slow@4", "slow", "fast", 4.0});
    CHECK(result.groups[0].front.rows() == 1);
}

TEST_CASE("volumes to the ideal point are those that U-Boost NAS publishes", "[compare]")
{
    // table 1 of the paper, accuracy in % and runtime in ms, for lambda 0.1, 1 and 5
    const std::vector<std::pair<std::string, std::vector<std::vector<double>>>> published{
        {"Blackbox", {{-87.5, 4.8}, {-87.8, 4.05}, {-87.9, 3.8}}},
        {"Roofline", {{-86.5, 4.7}, {-84.0, 3.5}, {-74.2, 2.9}}},
        {"FLOPS", {{-87.2, 6.1}, {-78.4, 3.45}, {-80.2, 3.42}}},
        {"U-Boost", {{-87.8, 2.2}, {-87.9, 1.05}, {-86.3, 0.77}}}};
    ComparisonOptions options;
    options.ideal = {{"quality", 100}, {"cost", 0}};
    std::vector<ComparedGroup> all, two;
    for (const auto& [name, points] : published) {
        all.push_back(group(name, {found(points)}));
        two.push_back(group(name, {found({points[0], points[1]})}));
    }
    const Comparison first = compare(kTwo, two, options), whole = compare(kTwo, all, options);
    const double of_two[] = {49.41, 72.2, 108.44, 12.705}, of_all[] = {45.98, 100.62, 102.02, 13.937};
    for (std::size_t i = 0; i < published.size(); ++i) {
        INFO(published[i].first);
        CHECK(first.groups[i].to_ideal.value() == Approx(of_two[i]).margin(0.0005));
        CHECK(whole.groups[i].to_ideal.value() == Approx(of_all[i]).margin(0.0005));
    }
    CHECK(std::ranges::count(group_table(whole, {}).columns, "to ideal") == 1);
    CHECK(std::ranges::count(group_table(slow_and_fast({}), {}).columns, "to ideal") == 0);
    options.ideal = {{"quality", 100}};
    CHECK_THROWS_WITH(slow_and_fast(options), "--ideal: must give cost, too");
    options.ideal = {{"costs", 100}};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("did you mean 'cost'?"));
}

TEST_CASE("without a reference it is the worst value found, and that is said", "[compare]")
{
    const Comparison result = slow_and_fast({});
    CHECK(result.reference == std::vector<double>{1, 9});
    CHECK(result.best == std::vector<double>{5, 5});
    CHECK_FALSE(result.chosen_reference);
    REQUIRE(result.warnings.size() == 1);
    CHECK_THAT(result.warnings[0], ContainsSubstring("--reference quality=1,cost=9"));
    CHECK(result.groups[1].mean == std::vector<double>{9, 16});
    CHECK(result.thresholds.size() == 2);  // every group's end
}

TEST_CASE("a hypervolume may be a share of the box or of the true front", "[compare]")
{
    ComparisonOptions options;
    options.reference = {{"quality", 0}, {"cost", 10}};
    options.normalise = true;
    CHECK(slow_and_fast(options).groups[1].mean == std::vector<double>{16.0 / 25, 1});
    options.true_front = found({{-8, 5}});
    const Comparison result = slow_and_fast(options);
    CHECK(result.groups[1].mean == std::vector<double>{0.4, 0.625});
    CHECK(measure(result) == "hypervolume / true front");
    CHECK(result.warnings.empty());
    options.true_front = found({{-4, 6}});
    const std::vector<std::string> warnings = slow_and_fast(options).warnings;
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], ContainsSubstring("more than the true front holds"));
    options.true_front = found({{0, 10}});
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("no point of the true front is better"));
}

TEST_CASE("a mean ends with its shortest run, and runs without points are said to be", "[compare]")
{
    ComparisonOptions options;
    options.reference = {{"quality", 0}, {"cost", 10}};
    ComparedRun longer = found({{-1, 9}, {-2, 8}}), shorter = found({{-1, 9}}), barren = found({{0, 10}});
    shorter.name = "shorter";
    shorter.state = RunState::interrupted;
    barren.name = "barren";
    barren.points.clear();
    barren.at.clear();
    const Comparison result = compare(kTwo, {group("a", {longer, shorter}), group("b", {barren})}, options);
    CHECK(result.groups[0].mean == std::vector<double>{1});
    CHECK(result.groups[1].mean == std::vector<double>{0});
    REQUIRE(result.warnings.size() == 3);
    CHECK_THAT(result.warnings[0], ContainsSubstring("shorter is not finished"));
    CHECK_THAT(result.warnings[1], ContainsSubstring("the mean of a ends at 1, where its shortest run ends: shorter"));
    CHECK_THAT(result.warnings[2], ContainsSubstring("barren has no architecture that may win"));
    CHECK_THROWS_WITH(compare(kTwo, {group("b", {barren})}, options), ContainsSubstring("nothing to compare"));
}

TEST_CASE("a reference that nothing beats is told, and gives no threshold", "[compare]")
{
    ComparisonOptions options;
    options.reference = {{"quality", 9}, {"cost", 10}};
    const Comparison nothing = slow_and_fast(options);
    CHECK(nothing.thresholds.empty());
    CHECK(nothing.arrivals.empty());
    REQUIRE(nothing.warnings.size() >= 1);
    CHECK_THAT(nothing.warnings.back(),
               ContainsSubstring("no point lies within the reference quality=9,cost=10: every hypervolume is 0"));
    CHECK(ratio_table(nothing).rows.empty());

    options.reference = {{"quality", 4}, {"cost", 10}};  // only one point of `fast` is better
    const Comparison half = slow_and_fast(options);
    REQUIRE(half.thresholds.size() == 1);
    CHECK(half.thresholds.front().group == "fast");
    CHECK_THAT(half.warnings.back(), ContainsSubstring("slow@4 is a hypervolume of 0, which is no threshold"));
}

TEST_CASE("what cannot be asked of the groups is refused", "[compare]")
{
    ComparisonOptions options;
    options.thresholds = {"fats@1"};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("did you mean 'fast'?"));
    options.thresholds = {"fast@3"};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("the mean curve of fast ends at 2"));
    options.thresholds = {"fast@x"};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("GROUP@COUNT"));
    options.thresholds = {"fast@0"};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("GROUP@COUNT"));
    options = {};
    options.reference = {{"costs", 1}};
    CHECK_THROWS_WITH(slow_and_fast(options), ContainsSubstring("did you mean 'cost'?"));
}

TEST_CASE("the page holds everything it shows and nothing from elsewhere", "[compare]")
{
    ComparisonOptions options;
    Comparison comparison = slow_and_fast(options);
    comparison.groups[0].name = "a<b & \"c\"";
    const std::string page = comparison_page(comparison, "Title & more", "evaluations", {1});
    CHECK_THAT(page, ContainsSubstring("<title>Title &amp; more</title>"));
    CHECK_THAT(page, ContainsSubstring("a&lt;b &amp; &quot;c&quot;"));
    CHECK(page.find("a<b") == std::string::npos);
    for (const char* outside : {"http:", "https:", "<script", "@import", "url(", "src="})
        CHECK(page.find(outside) == std::string::npos);
    for (const char* tag : {"svg", "g", "table", "div", "figure", "text", "title"}) {
        const auto count = [&](const std::string& text) {
            std::size_t n = 0;
            for (std::size_t i = page.find(text); i != std::string::npos; i = page.find(text, i + 1))
                ++n;
            return n;
        };
        INFO(tag);
        CHECK(count("<" + std::string(tag) + ">") + count("<" + std::string(tag) + " ") ==
              count("</" + std::string(tag) + ">"));
    }
    CHECK(page.find(">nan") == std::string::npos);
    CHECK(page.find(">inf<") == std::string::npos);
    CHECK(page.find("nan ") == std::string::npos);
}
