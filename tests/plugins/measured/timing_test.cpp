// SPDX-License-Identifier: Apache-2.0
#include "timing.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "espalier/rng.hpp"

#include "catch.hpp"

using namespace espalier::measured;

namespace {

const auto kNever = [] { return false; };

}  // namespace

TEST_CASE("the interval of the median is that of the tables", "[timing]")
{
    // Le Boudec 2010, appendix A, 95 %: n = 6: ranks 1 to 6; 20: 6 to 15; 100: 40 to 61 (here one below the rank, from
    // 0)
    const auto ranks = [](std::size_t n, double confidence) {
        const std::optional<Interval> found = median_interval(n, confidence);
        return found ? std::pair(found->low + 1, found->high + 1) : std::pair<std::size_t, std::size_t>(0, 0);
    };
    using Ranks = std::pair<std::size_t, std::size_t>;
    CHECK(ranks(6, 0.95) == Ranks(1, 6));
    CHECK(ranks(20, 0.95) == Ranks(6, 15));
    CHECK(ranks(100, 0.95) == Ranks(40, 61));
    // the normal approximation goes on where the sums end
    const Ranks exact = ranks(999, 0.99), approximate = ranks(1001, 0.99);
    CHECK(approximate.first - exact.first <= 2);
    CHECK(approximate.second - exact.second <= 3);
}

TEST_CASE("too few repetitions hold the median with no such confidence", "[timing]")
{
    // between the smallest and the largest of n: 1 - 2^(1 - n)
    for (const auto& [needed, confidence] :
         {std::pair<std::size_t, double>{2, 0.5}, {6, 0.95}, {8, 0.99}, {15, 0.9999}}) {
        CHECK_FALSE(median_interval(needed - 1, confidence));
        REQUIRE(median_interval(needed, confidence));
        CHECK(median_interval(needed, confidence)->low == 0);
        CHECK(median_interval(needed, confidence)->high == needed - 1);
    }
    const Timing t = repeated([] { return 0.002; }, {.confidence = 0.9999, .minimum_repetitions = 3}, kNever);
    CHECK(t.repetitions == 15);
    CHECK(t.settled);
    const Timing cut = repeated([] { return 1.0; }, {.confidence = 0.9999, .minimum_repetitions = 3}, kNever);
    CHECK(cut.repetitions == 5);  // seconds
    CHECK_FALSE(cut.settled);
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
        const Interval interval = median_interval(sample.size(), 0.95).value();
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

TEST_CASE("nine of ten repetitions are at least as fast as the 90th percentile", "[timing]")
{
    for (const std::size_t n : {10, 20, 25}) {
        double next = 0;
        const Timing all = repeated([&] { return next += 0.001; },
                                    {.relative_error = 10, .minimum_repetitions = n, .max_seconds = 60}, kNever);
        REQUIRE(all.repetitions == n);
        CHECK(all.p90_ms == Approx(std::ceil(0.9 * static_cast<double>(n))));
    }
}
