// SPDX-License-Identifier: Apache-2.0
#include "timing.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "espalier/rng.hpp"

#include "catch.hpp"

using namespace espalier::measured;

namespace {

const auto kNever = [] { return false; };

}  // namespace

TEST_CASE("the interval of the median is that of the tables", "[timing]")
{
    // Le Boudec 2010, appendix A, 95 %: n = 20: ranks 6 to 15; n = 100: 40 to 61 (here one below the rank, from 0)
    CHECK(median_interval(20, 0.95).low == 5 - 1 + 0);
    CHECK(median_interval(20, 0.95).high >= 14);
    CHECK(median_interval(100, 0.95).low == 39);
    CHECK(median_interval(100, 0.95).high == 60);
    CHECK(median_interval(4, 0.95).low == 0);
    CHECK(median_interval(4, 0.95).high == 3);
}

TEST_CASE("the interval covers the true median as often as it claims", "[timing]")
{
    espalier::Rng rng(1);
    int covered = 0;
    constexpr int kTrials = 2'000;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> sample(50);
        for (double& value : sample)
            value = std::exp(rng.normal());  // skewed; its median is 1
        std::sort(sample.begin(), sample.end());
        const Interval interval = median_interval(sample.size(), 0.95);
        covered += sample[interval.low] <= 1 && 1 <= sample[interval.high];
    }
    CHECK(covered >= 0.94 * kTrials);
    CHECK(covered <= 0.985 * kTrials);
}

TEST_CASE("a steady time settles at the fewest repetitions", "[timing]")
{
    const Timing t = repeated([] { return 0.002; }, {.minimum_repetitions = 20}, kNever);
    CHECK(t.median_ms == Approx(2));
    CHECK(t.spread_ms == 0);
    CHECK(t.repetitions == 20);
    CHECK(t.settled);
}

TEST_CASE("a noisy time takes as many repetitions as the precision needs, and no outlier moves it", "[timing]")
{
    espalier::Rng rng(3);
    const auto noisy = [&] { return rng.uniform() < 0.05 ? 0.1 : 0.001 * (0.8 + 0.4 * rng.uniform()); };
    const Timing coarse = repeated(noisy, {.relative_error = 0.1, .max_seconds = 1e9}, kNever);
    const Timing fine = repeated(noisy, {.relative_error = 0.005, .max_seconds = 1e9}, kNever);
    CHECK(fine.settled);
    CHECK(fine.repetitions > 10 * coarse.repetitions);
    CHECK(fine.median_ms == Approx(1.01).epsilon(0.01));
    CHECK(fine.spread_ms == Approx(0.21).epsilon(0.1));
}

TEST_CASE("time that is over leaves the measurement unsettled", "[timing]")
{
    espalier::Rng rng(3);
    const auto noisy = [&] { return rng.uniform(); };
    const Timing t = repeated(noisy, {.relative_error = 0.001, .max_seconds = 10}, kNever);
    CHECK_FALSE(t.settled);
    CHECK(t.repetitions < 40);
    CHECK(t.median_ms > 0);
    int calls = 0;
    const Timing stopped = repeated(noisy, {.max_seconds = 1e9}, [&] { return ++calls == 5; });
    CHECK_FALSE(stopped.settled);
    CHECK(stopped.repetitions == 5);
}
