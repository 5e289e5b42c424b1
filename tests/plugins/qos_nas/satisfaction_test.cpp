// SPDX-License-Identifier: Apache-2.0
// Table 1 of QoS-NAS, decoded: models of published error and latency under five distributions of requests.
#include "satisfaction.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "espalier/rng.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::qos_nas;

namespace {

constexpr RequestRange kRange{1, 80};

struct Row {
    const char* name;
    double error_pct, latency_s;
    std::array<double, 5> closed_form;  // to three digits
    std::array<double, 5> printed;      // in the paper
};
constexpr Row kRows[] = {
    {"MobileNetV2 1.4x", 4.92, 0.129, {8.126, 17.958, 34.255, 0.059, 1.965}, {8.2, 18.0, 34.59, 0, 1.9}},
    {"MobileNetV2 1.0x", 5.56, 0.092, {11.799, 21.720, 45.982, 0.184, 4.054}, {11.9, 21.8, 46.44, 0.1, 4.0}},
    {"InstaNAS A", 4.30, 0.085, {13.040, 23.034, 49.693, 0.242, 4.846}, {13.1, 23.0, 50.1, 0.2, 4.8}},
    {"InstaNAS B", 4.50, 0.055, {20.770, 29.497, 67.481, 0.982, 11.587}, {20.8, 29.5, 67.7, 0.9, 11.5}},
    {"InstaNAS C", 5.20, 0.047, {24.332, 32.062, 73.286, 1.603, 15.530}, {24.3, 32.1, 73.4, 1.5, 15.5}},
    {"InstaNAS D", 6.00, 0.033, {34.867, 39.187, 84.739, 4.797, 29.205}, {35.0, 39.2, 84.8, 4.7, 29.2}},
    {"InstaNAS E", 8.10, 0.016, {71.542, 63.230, 91.851, 43.357, 80.369}, {71.5, 63.2, 91.8, 43.4, 80.3}},
};
constexpr std::array<double, 5> kEnsemble{72.706, 64.641, 94.961, 43.485, 81.248};
constexpr std::array<double, 5> kPrintedEnsemble{72.5, 64.6, 94.9, 43.4, 81.2};

FixedModel model(const Row& row)
{
    return {1 / row.latency_s, 100 - row.error_pct};
}

std::vector<FixedModel> instanas()
{
    std::vector<FixedModel> models;
    for (const Row& row : kRows)
        if (row.latency_s < 0.09)
            models.push_back(model(row));
    return models;
}

}  // namespace

TEST_CASE("distribution functions take the values of beta distributions", "[qos_nas]")
{
    const double shares[] = {0.1, 0.25, 0.5, 0.9};
    const double values[][4] = {{0.1, 0.25, 0.5, 0.9},
                                {0.204833, 0.333333, 0.5, 0.795167},
                                {0.409510, 0.762695, 0.968750, 0.999990},
                                {0.001, 0.015625, 0.125, 0.729},
                                {0.028, 0.15625, 0.5, 0.972}};
    const double parameters[][2] = {{1, 1}, {0.5, 0.5}, {1, 5}, {3, 1}, {2, 2}};
    REQUIRE(distributions().size() == 5);
    for (std::size_t d = 0; d < 5; ++d) {
        const Distribution& distribution = distributions()[d];
        INFO(distribution.name);
        CHECK(distribution.a == parameters[d][0]);
        CHECK(distribution.b == parameters[d][1]);
        CHECK(distribution.cumulative(0) == 0);
        CHECK(distribution.cumulative(1) == Approx(1).epsilon(1e-15));
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(distribution.cumulative(shares[i]) == Approx(values[d][i]).margin(5e-7));
        for (double p = 0; p <= 1; p += 1.0 / 64)
            CHECK(distribution.cumulative(distribution.quantile(p)) == Approx(p).margin(1e-12));
    }
}

TEST_CASE("requests drawn by quantiles have a beta distribution's mean and variance", "[qos_nas]")
{
    constexpr int kDraws = 100'000;
    for (const Distribution& distribution : distributions()) {
        INFO(distribution.name);
        Rng rng(7, distribution.name);
        double sum = 0, squares = 0, least = 1, most = 0;
        for (int i = 0; i < kDraws; ++i) {
            const double share = distribution.quantile(rng.uniform());
            least = std::min(least, share), most = std::max(most, share);
            sum += share, squares += share * share;
        }
        CHECK(least >= 0);
        CHECK(most <= 1);
        const double a = distribution.a, b = distribution.b, mean = a / (a + b);
        const double variance = mean * (1 - mean) / (a + b + 1);
        CHECK(sum / kDraws == Approx(mean).margin(4 * std::sqrt(variance / kDraws)));
        CHECK(squares / kDraws - std::pow(sum / kDraws, 2) == Approx(variance).epsilon(0.02));
    }
}

TEST_CASE("a request's place in the range is cut at its ends", "[qos_nas]")
{
    CHECK(kRange.share(0.5) == 0);
    CHECK(kRange.share(1) == 0);
    CHECK(kRange.share(40.5) == 0.5);
    CHECK(kRange.share(1000) == 1);
    CHECK(kRange.rate(0.5) == 40.5);
}

TEST_CASE("35 cells of table 1 in closed form", "[qos_nas]")
{
    for (const Row& row : kRows)
        for (std::size_t d = 0; d < 5; ++d) {
            INFO(row.name << ", " << distributions()[d].name);
            const FixedModel one = model(row);
            const double satisfied = satisfied_pct({&one, 1}, distributions()[d], kRange);
            CHECK(satisfied == Approx(row.closed_form[d]).margin(0.00051));
            CHECK(satisfied == Approx(row.printed[d]).margin(0.5));
        }
}

TEST_CASE("an ensemble gives each request to the most accurate member that meets it", "[qos_nas]")
{
    const std::vector<FixedModel> models = instanas();
    REQUIRE(models.size() == 5);
    for (std::size_t d = 0; d < 5; ++d) {
        const double satisfied = satisfied_pct(models, distributions()[d], kRange);
        CHECK(satisfied == Approx(kEnsemble[d]).margin(0.00051));
        CHECK(satisfied == Approx(kPrintedEnsemble[d]).margin(0.5));
    }
    // a member that is slower and less accurate than another adds nothing
    const std::vector<FixedModel> fast{{60, 90}}, dominated{{30, 80}, {60, 90}};
    CHECK(satisfied_pct(dominated, distributions()[0], kRange) ==
          Approx(satisfied_pct(fast, distributions()[0], kRange)).epsilon(1e-12));
    CHECK(satisfied_pct({}, distributions()[0], kRange) == 0);
}

TEST_CASE("requests drawn for a fixed model agree with the closed form", "[qos_nas]")
{
    constexpr std::size_t kExamples = 20'000;
    for (const Row& row : kRows)
        for (const Distribution& distribution : distributions()) {
            INFO(row.name << ", " << distribution.name);
            const FixedModel one = model(row);
            Rng rng(3, distribution.name);
            std::vector<double> requested, fps(kExamples, one.fps);
            std::vector<std::uint8_t> correct;
            for (std::size_t i = 0; i < kExamples; ++i) {
                requested.push_back(kRange.rate(distribution.quantile(rng.uniform())));
                correct.push_back(100 * rng.uniform() < one.accuracy_pct ? 1 : 0);
            }
            const Answers seen = answers(requested, fps, correct);
            const double p = satisfied_pct({&one, 1}, distribution, kRange) / 100;
            CHECK(seen.satisfied_pct / 100 == Approx(p).margin(4 * std::sqrt(p * (1 - p) / kExamples) + 1e-9));
            CHECK(seen.mean_fps == Approx(one.fps));
        }
}

TEST_CASE("answers are counted example by example, and a rate that is just reached is met", "[qos_nas]")
{
    const std::vector<double> requested{50, 50.1, 10, 20}, fps{50, 50, 40, 10};
    const std::vector<std::uint8_t> correct{1, 1, 0, 1};
    const Answers seen = answers(requested, fps, correct);
    CHECK(seen.satisfied_pct == 25);
    CHECK(seen.met_pct == 50);
    CHECK(seen.accuracy_pct == 75);
    CHECK(seen.mean_fps == 37.5);
}
