// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/agreement.hpp"

#include <cmath>
#include <limits>

#include "espalier/rng.hpp"

#include "catch.hpp"

using espalier::regression::Agreement;
using espalier::regression::best_fraction;
using espalier::regression::PairedSample;

namespace {

/// Kendall's tau-b straight from its definition.
double slow_tau_b(const std::vector<double>& x, const std::vector<double>& y)
{
    const auto sign = [](double a, double b) { return (a > b) - (a < b); };
    double sum = 0, untied_x = 0, untied_y = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const int sx = sign(x[i], x[j]), sy = sign(y[i], y[j]);
            sum += sx * sy, untied_x += sx != 0, untied_y += sy != 0;
        }
    return sum / std::sqrt(untied_x * untied_y);
}

}  // namespace

TEST_CASE("coefficients of five pairs agree with those computed by hand", "[agreement]")
{
    // squared rank differences 0 1 1 1 1 -> rho = 1 - 6*4/120 = 0.8; discordant pairs 2 of 10 -> tau = 0.6
    const std::vector<double> x{1, 2, 3, 4, 5}, y{10, 30, 20, 50, 40};
    const Agreement a = PairedSample(x, y).agreement();
    CHECK(a.spearman == Approx(0.8));
    CHECK(a.kendall == Approx(0.6));
    CHECK(a.pearson == Approx(0.8));
    // the line y = 6 + 8 x leaves -4 8 -10 12 -6: the mean square is 72
    CHECK(a.rmse == Approx(std::sqrt(72.0)));
}

TEST_CASE("tau-b with many ties equals the definition", "[agreement]")
{
    espalier::Rng rng(3);
    for (const std::size_t n : {2U, 3U, 17U, 200U}) {
        std::vector<double> x, y;
        for (std::size_t i = 0; i < n; ++i) {
            x.push_back(static_cast<double>(rng.below(7)));
            y.push_back(static_cast<double>(rng.below(4)) + 0.5 * x.back());
        }
        x[0] = -1, y[0] = -1;  // never constant
        CHECK(PairedSample(x, y).agreement().kendall == Approx(slow_tau_b(x, y)));
    }
}

TEST_CASE("ties share their average rank", "[agreement]")
{
    // ranks 1.5 1.5 3 and 1 2.5 2.5: covariance 0.75, variances 1.5 and 1.5
    CHECK(PairedSample(std::vector<double>{5, 5, 9}, std::vector<double>{1, 2, 2}).agreement().spearman == Approx(0.5));
}

TEST_CASE("a constant metric has no coefficient, not a random one", "[agreement]")
{
    const Agreement a = PairedSample(std::vector<double>(100, 0.1),
                                     [] {
                                         std::vector<double> y;
                                         for (int i = 0; i < 100; ++i)
                                             y.push_back(i);
                                         return y;
                                     }())
                            .agreement();
    CHECK(std::isnan(a.spearman));
    CHECK(std::isnan(a.kendall));
    CHECK(std::isnan(a.pearson));
    CHECK(std::isnan(a.rmse));
}

TEST_CASE("what a metric tells exactly leaves no error, however its numbers are rounded", "[agreement]")
{
    std::vector<double> x, y;
    for (int i = 0; i < 100; ++i) {
        x.push_back(0.1 * i + 1e3);
        y.push_back(0.3 * i - 7.7);
    }
    CHECK(PairedSample(x, y).agreement().rmse == 0);
    CHECK(PairedSample(x, y).standard_error(50, 1).rmse == 0);
    CHECK(PairedSample(x, y).standard_error(50, 1).pearson == 0);
    const std::vector<double> constant(100, 0.1);
    CHECK(PairedSample(x, constant).agreement().rmse == 0);
    CHECK(std::isnan(PairedSample(x, constant).agreement().pearson));
    CHECK(PairedSample(x, constant).standard_error(50, 1).rmse == 0);
}

TEST_CASE("the bootstrap error of a correlation is near its textbook value and the same every time", "[agreement]")
{
    espalier::Rng rng(1);
    std::vector<double> x, y;
    for (int i = 0; i < 400; ++i) {
        x.push_back(rng.normal());
        y.push_back(0.6 * x.back() + 0.8 * rng.normal());
    }
    const PairedSample sample(x, y);
    const Agreement error = sample.standard_error(200, 1);
    CHECK(error.pearson == Approx((1 - 0.36) / 20).epsilon(0.25));  // (1 - rho^2) / sqrt(n)
    CHECK(error.pearson == sample.standard_error(200, 1).pearson);
    CHECK(error.rmse == Approx(0.8 / std::sqrt(800.0)).epsilon(0.25));  // sigma / sqrt(2 n)
}

TEST_CASE("a coefficient that a sample does not have has no error, although most resamples have it", "[agreement]")
{
    std::vector<double> x, y;
    for (int i = 0; i < 30; ++i) {
        x.push_back(i);
        y.push_back(i % 7);
    }
    x[0] = -std::numeric_limits<double>::infinity();  // every third resample is without it
    const Agreement value = PairedSample(x, y).agreement(), error = PairedSample(x, y).standard_error(200, 1);
    CHECK(std::isnan(value.pearson));
    CHECK(std::isnan(error.pearson));
    CHECK(std::isnan(error.rmse));
    CHECK(error.spearman > 0);
    CHECK(error.kendall > 0);
    const std::vector<double> one{1};
    CHECK(std::isnan(PairedSample(one, one).standard_error(50, 1).spearman));
}

TEST_CASE("the best fraction takes all that tie with its last one", "[agreement]")
{
    const std::vector<double> values{3, 1, 2, 2, 5};
    CHECK(best_fraction(values, 0.2, true) == std::vector<std::size_t>{4});
    CHECK(best_fraction(values, 0.5, true) == std::vector<std::size_t>{0, 2, 3, 4});
    CHECK(best_fraction(values, 0.2, false) == std::vector<std::size_t>{1});
    CHECK(best_fraction(std::vector<double>{}, 0.5, true).empty());
}
