// SPDX-License-Identifier: Apache-2.0
#include "learnt_cost.hpp"

#include <cmath>
#include <numeric>

#include "espalier/regression/spread.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using predicted::LearntCost;

namespace {

const Architecture& as_proposed(const Candidate& candidate)
{
    return candidate.architecture();
}

struct Known {
    std::vector<Candidate> networks;
    std::vector<double> values;
};

template <class Cost>
Known drawn(const SearchSpace& space, std::size_t count, const Cost& cost, std::uint64_t seed = 1)
{
    Known known;
    Rng rng(seed);
    const Region all(space.decisions());
    for (std::size_t i = 0; i < count; ++i) {
        const Architecture a = random_architecture(all, rng);
        known.networks.emplace_back(space, a);
        known.values.push_back(cost(a));
    }
    return known;
}

double worst(const LearntCost& cost, const Known& asked)
{
    const std::vector<double> predicted = cost.predict(asked.networks);
    double largest = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i)
        largest = std::max(largest, std::abs(predicted[i] - asked.values[i]) / asked.values[i]);
    return largest;
}

double sum_of_options(const Architecture& a)
{
    double sum = 5;
    for (const std::uint16_t choice : a.choices)
        sum += 1 + choice * choice;
    return sum;
}

double sum_of_decisions(const Architecture& a)
{
    double sum = 5;
    for (std::size_t d = 0; d < a.choices.size(); ++d)
        sum += static_cast<double>((d + 1) * a.choices[d]);
    return sum;
}

/// What nobody can know: a number that depends on every choice.
double noise(const Architecture& a)
{
    Rng rng(1, to_string(a));
    return 100 + rng.normal();
}

}  // namespace

TEST_CASE("what depends on counts is learnt from 20 networks", "[learnt_cost]")
{
    const ToySpace space(digit_decisions(6, 5));
    LearntCost cost(space, {}, as_proposed);
    const Known known = drawn(space, 20, sum_of_options);
    cost.learn(known.networks, known.values);
    CHECK(worst(cost, drawn(space, 300, sum_of_options, 2)) < 1e-3);
}

TEST_CASE("a sum over 22 decisions of nine options is learnt from 300 networks to a thousandth", "[learnt_cost]")
{
    const ToySpace space(digit_decisions(22, 9));
    LearntCost cost(space, {}, as_proposed);
    const Known known = drawn(space, 300, sum_of_decisions);
    const LearntCost::Quality quality = cost.learn(known.networks, known.values);
    CHECK(worst(cost, drawn(space, 300, sum_of_decisions, 2)) < 1e-3);
    CHECK(quality.mape < 0.1);
    CHECK(quality.within_10_pct == 100);
    CHECK(quality.spearman > 0.999);
    CHECK(quality.kendall > 0.99);
}

TEST_CASE("every model serves every kind of features", "[learnt_cost]")
{
    const ToySpace space(digit_decisions(4, 3));
    const Known known = drawn(space, 30, sum_of_decisions);
    const Known asked = drawn(space, 10, sum_of_decisions, 2);
    std::vector<std::string> features = regression::feature_kind_names();
    features.emplace_back("network");
    for (const std::string& model : regression::regressor_names())
        for (const std::string& on : features) {
            CAPTURE(model, on);
            LearntCost cost(space, {model, on, 5, 1}, as_proposed);
            cost.learn(known.networks, known.values);
            const std::vector<double> predicted = cost.predict(asked.networks);
            CHECK(std::ranges::all_of(predicted, [](double value) { return std::isfinite(value); }));
            for (std::size_t i = 0; i < predicted.size(); ++i)  // one network alone says the same
                CHECK(cost.predict(std::span(asked.networks).subspan(i, 1)).front() == Approx(predicted[i]));
        }
}

TEST_CASE("a residual is of a prediction by what had not learnt from it", "[learnt_cost]")
{
    // one column for every pair: a fit of all of them passes through every value, and only what was held out is off
    const ToySpace space(digit_decisions(6, 5));
    const Known known = drawn(space, 60, noise);
    for (const char* model : {"ridge", "auto"}) {
        CAPTURE(model);
        LearntCost cost(space, {model, model == std::string("ridge") ? "pairwise" : "auto", 10, 1}, as_proposed);
        cost.learn(known.networks, known.values);
        regression::Spread residuals, values;
        for (std::size_t i = 0; i < known.values.size(); ++i) {
            residuals.add(cost.residuals()[i]);
            values.add(known.values[i]);
        }
        CHECK(residuals.deviation() > 0.98 * values.deviation());
        CHECK(residuals.deviation() < 1.6 * values.deviation());
    }
}

TEST_CASE("the order of the examples says nothing about the folds", "[learnt_cost]")
{
    const ToySpace space(digit_decisions(6, 5));
    Known known = drawn(space, 100, sum_of_decisions);
    std::vector<std::size_t> order(known.values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return known.values[i]; });
    Known sorted;
    for (const std::size_t i : order) {
        sorted.networks.push_back(known.networks[i]);
        sorted.values.push_back(known.values[i]);
    }
    LearntCost cost(space, {"ridge", "plain", 5, 1}, as_proposed), other(space, {"ridge", "plain", 5, 1}, as_proposed);
    const double mixed = cost.learn(known.networks, known.values).mape;
    CHECK(other.learn(sorted.networks, sorted.values).mape < 2 * mixed + 0.1);
}
