// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/blend.hpp"

#include <cmath>
#include <numeric>

#include "espalier/regression/conformal.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::regression;
using Catch::Matchers::Contains;

namespace {

/// Targets, and predictors that are off by normal errors of these deviations.
struct Judged {
    explicit Judged(const std::vector<double>& deviations, std::size_t examples = 50)
    {
        Rng rng(3);
        for (std::size_t i = 0; i < examples; ++i)
            targets.push_back(100 + 10 * rng.normal());
        for (const double deviation : deviations)
            for (const double target : targets)
                predictions.push_back(target + deviation * rng.normal());
    }
    std::vector<double> shares() const { return blend({predictions, targets.size()}, targets); }
    std::vector<double> targets, predictions;
};

}  // namespace

TEST_CASE("the simplest stands alone unless another is clearly better", "[blend]")
{
    CHECK(Judged({1, 1}).shares() == std::vector<double>{1, 0});
    CHECK(Judged({1, 3}).shares() == std::vector<double>{1, 0});
    CHECK(Judged({3, 1}).shares() == std::vector<double>{0, 1});
    CHECK(Judged({1}).shares() == std::vector<double>{1});
    // better by less than the standard error
    const std::vector<double> targets{10, 10, 10, 10}, both{11, 11, 11, 11, 10, 10, 10, 13.9};
    CHECK(blend({both, 4}, targets) == std::vector<double>{1, 0});
}

TEST_CASE("those that are nearly as good count, by their errors", "[blend]")
{
    const std::vector<double> targets{10, 10, 10, 10};
    const std::vector<double> three{15, 15, 15, 15, 11, 11, 11, 11, 8.9, 8.9, 8.9, 8.9};
    const std::vector<double> shares = blend({three, 4}, targets);
    CHECK(shares[0] == 0);
    CHECK(shares[1] + shares[2] == Approx(1));
    CHECK(shares[2] / shares[1] == Approx(std::exp(-10 * 0.1)));
    // without an error at all
    const std::vector<double> exact{11, 11, 11, 11, 10, 10, 10, 10, 10, 10, 10, 10};
    CHECK(blend({exact, 4}, targets) == std::vector<double>{0, 0.5, 0.5});
}

TEST_CASE("what is held out is predicted and weighed without it", "[blend]")
{
    const std::size_t n = 30;
    std::vector<double> targets(n);
    std::iota(targets.begin(), targets.end(), 1.0);
    std::vector<std::vector<std::size_t>> folds(3);
    for (std::size_t i = 0; i < n; ++i)
        folds[i % 3].push_back(i);
    // the first is always off by 5; the second knows all folds but the last, of which it is off by 100
    const auto found = cross_validated(2, targets, folds, [&](std::size_t which, auto fold, std::span<double> out) {
        for (std::size_t i = 0; i < fold.size(); ++i)
            out[i] = targets[fold[i]] + (which == 0 ? 5 : fold[i] % 3 == 2 ? 100 : 0);
    });
    CHECK(found.shares == std::vector<double>{1, 0});  // 33 on average, against 5
    for (std::size_t i = 0; i < n; ++i) {
        CAPTURE(i);
        // nothing in the other folds says that the second will be off in the last
        CHECK(found.held_out[i] - targets[i] == (i % 3 == 2 ? 100 : 5));
    }
}

TEST_CASE("a conformal quantile is of the next value, too", "[conformal]")
{
    std::vector<double> values(19);
    std::iota(values.begin(), values.end(), 1.0);
    CHECK(conformal_upper(values, 0.95) == 19);
    CHECK(conformal_upper(values, 0.5) == 10);
    CHECK(conformal_lower(values, 0.95) == 1);
    CHECK(fewest_for(0.95) == 19);
    CHECK(fewest_for(0.5) == 1);
    CHECK(fewest_for(0.9) == 9);
    values.pop_back();
    CHECK_THROWS_WITH(conformal_upper(values, 0.95), Contains("needs at least 19") && Contains("18"));

    Rng rng(1);
    for (const std::size_t n : {19U, 50U, 200U}) {
        CAPTURE(n);
        int below = 0, above = 0;
        constexpr int kTrials = 20'000;
        std::vector<double> drawn(n);
        for (int trial = 0; trial < kTrials; ++trial) {
            for (double& value : drawn)
                value = std::exp(rng.normal());
            const double next = std::exp(rng.normal());
            below += next <= conformal_upper(drawn, 0.95) ? 1 : 0;
            above += next >= conformal_lower(drawn, 0.95) ? 1 : 0;
        }
        CHECK(below > 0.945 * kTrials);
        CHECK(below < (0.955 + 1.0 / static_cast<double>(n + 1)) * kTrials);
        CHECK(above > 0.945 * kTrials);
        CHECK(above < (0.955 + 1.0 / static_cast<double>(n + 1)) * kTrials);
    }
}
