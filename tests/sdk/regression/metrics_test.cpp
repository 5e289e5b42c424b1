// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/metrics.hpp"

#include <cmath>
#include <numeric>

#include "espalier/rng.hpp"

#include "catch.hpp"
#include "golden.hpp"

using namespace espalier::regression;

namespace {

/// Tau-b by its definition, over all pairs.
double counted_tau(const std::vector<double>& a, const std::vector<double>& b)
{
    double concordant = 0, discordant = 0, tied_a = 0, tied_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = i + 1; j < a.size(); ++j) {
            const double sign = (a[i] - a[j]) * (b[i] - b[j]);
            concordant += sign > 0, discordant += sign < 0;
            tied_a += a[i] == a[j], tied_b += b[i] == b[j];
        }
    const double pairs = static_cast<double>(a.size()) * (static_cast<double>(a.size()) - 1) / 2;
    return (concordant - discordant) / std::sqrt((pairs - tied_a) * (pairs - tied_b));
}

}  // namespace

TEST_CASE("correlations and errors are those of SciPy and scikit-learn", "[metrics]")
{
    const Golden golden;
    for (const std::string name : {"distinct", "tied"}) {
        INFO(name);
        const std::vector<double>&a = golden[name + ".a"], &b = golden[name + ".b"];
        CHECK(kendall_tau(a, b) == Approx(golden[name + ".kendall"][0]).epsilon(1e-12));
        CHECK(spearman_rho(a, b) == Approx(golden[name + ".spearman"][0]).epsilon(1e-12));
        CHECK(pearson_r(a, b) == Approx(golden[name + ".pearson"][0]).epsilon(1e-12));
        CHECK(kendall_tau(b, a) == Approx(golden[name + ".kendall"][0]).epsilon(1e-12));
    }
    CHECK(mape(golden["distinct.a"], golden["distinct.b"]) == Approx(golden["distinct.mape"][0]).epsilon(1e-12));
}

TEST_CASE("tau-b is that of its definition, with ties and without", "[metrics]")
{
    espalier::Rng rng(1, "tau");
    for (const std::size_t levels : {2, 5, 1000})
        for (int repeat = 0; repeat < 20; ++repeat) {
            std::vector<double> a(40), b(40);
            for (std::size_t i = 0; i < a.size(); ++i) {
                a[i] = static_cast<double>(rng.below(levels));
                b[i] = a[i] / 2 + static_cast<double>(rng.below(levels));
            }
            CHECK(kendall_tau(a, b) == Approx(counted_tau(a, b)).epsilon(1e-12));
        }
}

TEST_CASE("perfect orders are 1, reversed ones -1, constants none", "[metrics]")
{
    const std::vector<double> up{1, 2, 4, 8, 16}, down{5, 4, 3, 2, 1}, flat(5, 2.0), one{1};
    CHECK(kendall_tau(up, up) == 1);
    CHECK(spearman_rho(up, down) == -1);
    CHECK(kendall_tau(up, down) == -1);
    CHECK(pearson_r(up, up) == 1);
    for (const auto& measure : {kendall_tau, spearman_rho, pearson_r}) {
        CHECK(std::isnan(measure(up, flat)));
        CHECK(std::isnan(measure(flat, up)));
        CHECK(std::isnan(measure(one, one)));
    }
}

TEST_CASE("MAPE is relative to the truth, RMSE absolute", "[metrics]")
{
    const std::vector<double> truth{1, -2, 4}, predicted{2, -1, 4};
    CHECK(mape(truth, predicted) == Approx(100 * (1 + 0.5) / 3));
    CHECK(rmse(truth, predicted) == Approx(std::sqrt(2.0 / 3)));
    const std::vector<double> zero{0}, some{1};
    CHECK(mape(zero, zero) == 0);
    CHECK(std::isfinite(mape(zero, some)));
    CHECK(std::isnan(mape({}, {})));
}

TEST_CASE("dense ranks have no gaps, and samples of them need none to be there", "[metrics]")
{
    const std::vector<double> values{3, -1, 3, 10};
    CHECK(dense_ranks(values) == std::vector<std::uint32_t>{1, 0, 1, 2});
    const std::vector<std::uint32_t> some{7, 7, 90}, others{1, 2, 3};
    CHECK(kendall_tau_of_ranks(some, others) == Approx(2 / std::sqrt(2.0 * 3)));
    CHECK(spearman_rho_of_ranks(some, others) == Approx(std::sqrt(0.75)));
}
