// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <string>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "latency_product.hpp"
#include "weighted_sum.hpp"

using espalier::Metrics;
using espalier::rewards::latency_factor;
using espalier::rewards::LatencyProduct;
using espalier::rewards::WeightedSum;

namespace {

const LatencyProduct::Options kPixel{.score = {"fi_equal"}, .latency = {"latency_ms"}, .target = 20, .alpha = 0.9};

double product(double score, double latency)
{
    return LatencyProduct(kPixel, {})({{"fi_equal", score}, {"latency_ms", latency}});
}

std::string refusal(const WeightedSum::Options& options)
{
    try {
        const WeightedSum sum(options, {});
    } catch (const espalier::OptionError& error) {
        return error.option() + ": " + error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the latency factor takes the paper's values", "[rewards]")
{
    // T = 20, alpha = 0.9
    for (const auto& [latency, factor] :
         {std::pair{0.0, 0.9}, {5.0, 0.925}, {10.0, 0.95}, {20.0, 1.0}, {25.0, 0.8}, {40.0, 0.5}, {80.0, 0.25}})
        CHECK(latency_factor(latency, 20, 0.9) == Approx(factor).epsilon(1e-12));
    CHECK(latency_factor(std::nextafter(20.0, 21.0), 20, 0.9) == Approx(1));
    CHECK(latency_factor(0, 20, 0) == 0);
    CHECK(latency_factor(7, 20, 1) == 1);
}

TEST_CASE("the product is score times factor", "[rewards]")
{
    CHECK(product(0.5, 10) == Approx(0.475));
    CHECK(product(0.8, 40) == Approx(0.4));
    CHECK(product(0, 40) == 0);
}

TEST_CASE("a negative score is refused: the product would reward missing the target", "[rewards]")
{
    CHECK_THROWS_WITH(product(-1e-9, 10), ContainsSubstring("`fi_equal` is -1e-09; multiplying a negative score"));
    CHECK_THROWS_WITH(product(1, -1), ContainsSubstring("`latency_ms` is -1; a latency is not negative"));
    CHECK_THROWS_WITH(LatencyProduct(kPixel, {})({{"fi_equal", 1}, {"latencyms", 2}}),
                      ContainsSubstring("there is no metric `latency_ms`; did you mean 'latencyms'?"));
    CHECK_THROWS_WITH(LatencyProduct({.score = {"a"}, .latency = {"b"}}, {}), ContainsSubstring("must be above 0"));
}

TEST_CASE("nothing is worse than what is not finite", "[rewards]")
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const WeightedSum sum(
        {.metrics = {{"a"}, {"b"}, {"c"}}, .weights = {1, -1, 0}, .offsets = {0, 0, 0}, .scales = {1, 1, 1}}, {});
    for (const double odd : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK(product(odd, 1) == -kInfinity);
        CHECK(product(1, odd) == -kInfinity);
        CHECK(product(odd, odd) == -kInfinity);
        for (const char* metric : {"a", "b", "c"}) {
            Metrics metrics{{"a", 1}, {"b", 2}, {"c", 3}};
            metrics[metric] = odd;
            CHECK(sum(metrics) == -kInfinity);
        }
    }
    CHECK(sum({{"a", 1.7e308}, {"b", -1.7e308}, {"c", 0}}) == -kInfinity);
}

TEST_CASE("a weighted sum shifts, scales and weights", "[rewards]")
{
    const WeightedSum plain({.metrics = {{"a"}, {"b"}}, .weights = {}, .offsets = {}, .scales = {}}, {});
    CHECK(plain({{"a", 2}, {"b", 3}, {"c", 100}}) == 5);
    const WeightedSum sum(
        {.metrics = {{"top1_pct"}, {"latency_ms"}}, .weights = {1, -0.5}, .offsets = {90, 20}, .scales = {2, 10}}, {});
    CHECK(sum({{"top1_pct", 94}, {"latency_ms", 40}}) == Approx(4.0 / 2 - 0.5 * 20 / 10));
    CHECK_THROWS_WITH(sum({{"top1_pct", 94}}),
                      ContainsSubstring("reward weighted_sum: there is no metric `latency_ms`"));
}

TEST_CASE("lists of a weighted sum must fit each other", "[rewards]")
{
    CHECK_THAT(refusal({.metrics = {}, .weights = {}, .offsets = {}, .scales = {}}), ContainsSubstring("metrics: "));
    CHECK_THAT(refusal({.metrics = {{"a"}, {"b"}}, .weights = {1}, .offsets = {}, .scales = {}}),
               ContainsSubstring("weights: has 1 numbers for 2 metrics"));
    CHECK_THAT(refusal({.metrics = {{"a"}}, .weights = {}, .offsets = {1, 2}, .scales = {}}),
               ContainsSubstring("offsets: has 2"));
    CHECK_THAT(refusal({.metrics = {{"a"}, {"b"}}, .weights = {}, .offsets = {}, .scales = {1, 0}}),
               ContainsSubstring("scales.1: must not be 0"));
}
