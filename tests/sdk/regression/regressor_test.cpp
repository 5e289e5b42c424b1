// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/regressor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "golden.hpp"

using namespace espalier;
using namespace espalier::regression;

namespace {

double largest_difference(const std::vector<double>& a, const std::vector<double>& b)
{
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

/// A problem of scikit_learn.txt.
struct Problem {
    Problem(const Golden& golden, const std::string& name)
        : columns{static_cast<std::size_t>(golden[name + ".columns"][0])},
          rows{golden[name + ".rows"]},
          targets{golden[name + ".targets"]},
          test{golden[name + ".test"]}
    {
    }
    std::vector<double> predicted(Regressor& regressor) const
    {
        regressor.fit({rows, columns}, targets);
        std::vector<double> out(test.size() / columns);
        regressor.predict({test, columns}, out);
        return out;
    }
    std::vector<double> predicted(const std::string& name, const RegressorSettings& settings) const
    {
        return predicted(*make_regressor(name, settings));
    }

    std::size_t columns;
    std::vector<double> rows, targets, test;
};

/// 30 rows of 4 columns, targets that are nearly linear in them.
struct Plane {
    Plane()
    {
        Rng rng(5, "plane");
        for (int i = 0; i < 30; ++i) {
            double sum = 20;
            for (int column = 0; column < 4; ++column) {
                rows.push_back(rng.normal());
                sum += (column + 1) * rows.back();
            }
            targets.push_back(sum + 0.1 * rng.normal());
        }
    }
    Rows view(std::size_t count = 30) const { return {std::span(rows).first(count * 4), 4}; }
    std::vector<double> rows, targets;
};

}  // namespace

TEST_CASE("regressors give what scikit-learn gives", "[regressor]")
{
    const Golden golden;
    for (const std::string name : {"dense", "genes", "wide"}) {
        INFO(name);
        const Problem problem(golden, name);
        RegressorSettings settings;
        settings.alpha = 0.5;
        CHECK(largest_difference(problem.predicted("ridge", settings), golden[name + ".ridge"]) < 1e-9);
        CHECK(largest_difference(problem.predicted("bayesian_ridge", {}), golden[name + ".bayesian_ridge"]) < 1e-7);
        settings.c = 5;
        settings.gamma = 0.05;
        CHECK(largest_difference(problem.predicted("svr_rbf", settings), golden[name + ".svr_rbf"]) < 1e-9);
        CHECK(largest_difference(problem.predicted("stacked", settings), golden[name + ".stacked"]) < 1e-8);
        settings.c = 20;
        settings.epsilon = 0.5;
        settings.gamma.reset();
        CHECK(largest_difference(problem.predicted("svr_rbf", settings), golden[name + ".svr_rbf_epsilon"]) < 1e-9);
        settings.c = 2;
        settings.epsilon = 0.1;
        CHECK(largest_difference(problem.predicted("svr_linear", settings), golden[name + ".svr_linear"]) < 0.01);
    }
}

TEST_CASE("cross-validation chooses what scikit-learn's grid search chooses", "[regressor]")
{
    const Golden golden;
    for (const std::string problem_name : {"dense", "genes", "wide"})
        for (const std::string name : {"ridge", "svr_rbf"}) {
            INFO(problem_name << " " << name);
            const Problem problem(golden, problem_name);
            const auto regressor = make_regressor(name);
            CHECK(largest_difference(problem.predicted(*regressor), golden[problem_name + "." + name + "_tuned"]) <
                  1e-8);
            const std::vector<double> chosen = golden[problem_name + "." + name + "_search"];
            CHECK(regressor->report().regressor == name);
            CHECK((name == "ridge" ? regressor->report().alpha : regressor->report().c) == chosen[0]);
            CHECK(regressor->report().cv_mape.value() == Approx(chosen[1]).epsilon(1e-9));
        }
}

TEST_CASE("auto keeps the better of ridge and SVR", "[regressor]")
{
    const Golden golden;
    for (const std::string problem_name : {"dense", "genes", "wide"}) {
        INFO(problem_name);
        const Problem problem(golden, problem_name);
        const double ridge = golden[problem_name + ".ridge_search"][1],
                     svr = golden[problem_name + ".svr_rbf_search"][1];
        const std::string better = ridge <= svr ? "ridge" : "svr_rbf";
        const auto regressor = make_regressor("auto");
        CHECK(largest_difference(problem.predicted(*regressor), golden[problem_name + "." + better + "_tuned"]) < 1e-8);
        CHECK(regressor->report().regressor == better);
        CHECK(regressor->report().cv_mape.value() == Approx(std::min(ridge, svr)).epsilon(1e-9));
    }
    // a sine over one column is nothing for a line
    std::vector<double> rows, targets;
    for (int i = 0; i < 60; ++i) {
        rows.push_back(i * 7 % 60 / 10.0);
        targets.push_back(50 + 30 * std::sin(2 * rows.back()));
    }
    const auto regressor = make_regressor("auto");
    regressor->fit({rows, 1}, targets);
    CHECK(regressor->report().regressor == "svr_rbf");
}

TEST_CASE("Bayesian ridge ends where the worked example ends", "[regressor]")
{
    const std::vector<double> rows{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0};
    const std::vector<double> targets{2.1, 3.0, 0.4, 2.6, 3.3, 5.2, 5.4, 0.1};
    RegressorSettings settings;
    settings.scale_targets = false;
    const auto regressor = make_regressor("bayesian_ridge", settings);
    regressor->fit({rows, 3}, targets);
    const Model& model = regressor->model();
    CHECK(model.weights[0] == Approx(2.12379).margin(5e-6));
    CHECK(model.weights[1] == Approx(2.92334).margin(5e-6));
    CHECK(model.weights[2] == Approx(0.324815).margin(5e-7));
    CHECK(model.intercept == Approx(0.0765298).margin(5e-8));
    CHECK(regressor->report().noise_precision == Approx(199.984).margin(5e-4));
    CHECK(regressor->report().weight_precision == Approx(0.227801).margin(5e-7));
    CHECK(regressor->report().sweeps == 6);
    CHECK(regressor->report().scale == 1);
}

TEST_CASE("the full grids have a hundred values", "[regressor]")
{
    const Plane plane;
    RegressorSettings settings;
    settings.grid = Grid::full;
    const auto fine = make_regressor("ridge", settings), coarse = make_regressor("ridge");
    fine->fit(plane.view(), plane.targets);
    coarse->fit(plane.view(), plane.targets);
    CHECK(*fine->report().alpha == 0.1);
    CHECK(*fine->report().cv_mape <= *coarse->report().cv_mape);
}

TEST_CASE("linear SVR searches up to C = 1", "[regressor]")
{
    const Plane plane;
    const auto linear = make_regressor("svr_linear"), rbf = make_regressor("svr_rbf");
    linear->fit(plane.view(), plane.targets);
    rbf->fit(plane.view(), plane.targets);
    CHECK(*linear->report().c <= 1);
    CHECK(*rbf->report().c >= 1);
    CHECK(linear->model().vectors.empty());
    CHECK(linear->model().weights.size() == 4);
}

TEST_CASE("the first of equally good values is chosen", "[regressor]")
{
    // alike whatever alpha: every column is constant
    const std::vector<double> rows(20, 1.0);
    std::vector<double> targets(20);
    std::iota(targets.begin(), targets.end(), 40.0);
    const auto regressor = make_regressor("ridge");
    regressor->fit({rows, 1}, targets);
    CHECK(*regressor->report().alpha == 0.1);
    const auto either = make_regressor("auto");
    either->fit({rows, 1}, targets);
    CHECK(either->report().regressor.size() > 0);
}

TEST_CASE("predictions scale with the targets and with nothing else", "[regressor]")
{
    const Plane plane;
    for (const std::string& name : regressor_names()) {
        if (name == "svr_linear")
            continue;  // its solver ends within 1e-3, which is not the same in two scales
        INFO(name);
        std::vector<double> first(30), second(30), large = plane.targets;
        for (double& target : large)
            target *= -1e9;
        const auto regressor = make_regressor(name);
        regressor->fit(plane.view(), plane.targets);
        regressor->predict(plane.view(), first);
        CHECK(regressor->report().scale == 1);
        regressor->fit(plane.view(), large);
        CHECK(regressor->report().scale == 1e9);
        regressor->predict(plane.view(), second);
        for (std::size_t i = 0; i < 30; ++i)
            CHECK(second[i] == Approx(-1e9 * first[i]).epsilon(1e-3));
    }
}

TEST_CASE("equal targets give a constant", "[regressor]")
{
    const Plane plane;
    for (const std::string& name : regressor_names())
        for (const double value : {0.0, -7.5}) {
            INFO(name);
            const auto regressor = make_regressor(name);
            regressor->fit(plane.view(), std::vector<double>(30, value));
            std::vector<double> out(30);
            regressor->predict(plane.view(), out);
            CHECK(out == std::vector<double>(30, value));
            CHECK(regressor->report().regressor == "constant");
            CHECK(regressor->report().scale == 1);
        }
}

TEST_CASE("few rows give a ridge with alpha 1", "[regressor]")
{
    const Plane plane;
    RegressorSettings one;
    one.alpha = 1;
    for (const std::size_t count : {2, 4}) {
        const std::vector<double> targets(plane.targets.begin(), plane.targets.begin() + static_cast<int>(count));
        std::vector<double> expected(30), out(30);
        const auto ridge = make_regressor("ridge", one);
        ridge->fit(plane.view(count), targets);
        ridge->predict(plane.view(), expected);
        for (const std::string& name : regressor_names()) {
            INFO(name);
            const auto regressor = make_regressor(name);
            regressor->fit(plane.view(count), targets);
            regressor->predict(plane.view(), out);
            CHECK(out == expected);
            CHECK(regressor->report().regressor == "ridge");
            CHECK(!regressor->report().cv_mape);
        }
    }
    // one row is a constant, five are enough for all
    const auto regressor = make_regressor("svr_rbf");
    regressor->fit(plane.view(1), std::span(plane.targets).first(1));
    CHECK(regressor->report().regressor == "constant");
    regressor->fit(plane.view(5), std::span(plane.targets).first(5));
    CHECK(regressor->report().regressor == "svr_rbf");
}

TEST_CASE("a fit forgets the one before", "[regressor]")
{
    const Plane plane;
    for (const std::string& name : regressor_names()) {
        INFO(name);
        std::vector<double> fresh(30), again(30);
        const auto one = make_regressor(name), two = make_regressor(name);
        one->fit(plane.view(20), std::span(plane.targets).first(20));
        one->predict(plane.view(), fresh);
        two->fit(plane.view(), plane.targets);
        two->fit(plane.view(20), std::span(plane.targets).first(20));
        two->predict(plane.view(), again);
        CHECK(fresh == again);
    }
}

TEST_CASE("rows that are not finite are left out", "[regressor]")
{
    const Plane plane;
    std::vector<double> targets = plane.targets, rows = plane.rows, some_rows, some_targets;
    targets[0] = -std::numeric_limits<double>::infinity();
    targets[7] = std::numeric_limits<double>::quiet_NaN();
    rows[9] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < targets.size(); ++i)
        if (i != 0 && i != 2 && i != 7) {
            some_rows.insert(some_rows.end(), plane.view()[i].begin(), plane.view()[i].end());
            some_targets.push_back(targets[i]);
        }
    for (const std::string& name : regressor_names()) {
        INFO(name);
        const auto all = make_regressor(name), some = make_regressor(name);
        all->fit({rows, 4}, targets);
        some->fit({some_rows, 4}, some_targets);
        std::vector<double> left(30), right(30);
        all->predict(plane.view(), left);
        some->predict(plane.view(), right);
        CHECK(left == right);
        CHECK(all->report().left_out == 3);
        CHECK(some->report().left_out == 0);
        for (std::size_t j = 0; j < all->model().vector_rows.size(); ++j) {
            const std::uint32_t row = all->model().vector_rows[j];
            CHECK(std::ranges::equal(Rows(all->model().vectors, 4)[j], plane.view()[row]));
        }
    }
}

TEST_CASE("targets as large or small as numbers get are learnt", "[regressor]")
{
    const Plane plane;
    for (const double magnitude : {1e300, 1e-307, 5e-324})
        for (const std::string& name : regressor_names()) {
            INFO(name << " " << magnitude);
            std::vector<double> targets = plane.targets, out(30);
            for (double& target : targets)
                target *= magnitude;
            const auto regressor = make_regressor(name);
            regressor->fit(plane.view(), targets);
            regressor->predict(plane.view(), out);
            CHECK(std::ranges::all_of(out, [](double value) { return std::isfinite(value); }));
        }
}

TEST_CASE("regressors refuse what they cannot learn from", "[regressor]")
{
    const Plane plane;
    std::vector<double> targets = plane.targets, rows = plane.rows, out(30);
    const auto regressor = make_regressor("ridge");
    CHECK_THROWS_WITH(regressor->predict(plane.view(), out), "a regressor was asked to predict before it was fitted");
    CHECK_THROWS_WITH(regressor->fit(Rows({}, 4), {}), "a regressor needs at least one row of at least one feature");
    CHECK_THROWS_WITH(regressor->fit(plane.view(), std::span(targets).first(29)),
                      "a regressor got 29 targets for 30 rows");
    std::ranges::fill(targets, std::numeric_limits<double>::quiet_NaN());
    CHECK_THROWS_WITH(regressor->fit(plane.view(), targets), "a regressor needs at least one row of finite numbers");
    regressor->fit(plane.view(), plane.targets);
    CHECK_THROWS_WITH(regressor->predict({plane.rows, 5}, out), ContainsSubstring("fitted to 4 columns"));
    CHECK_THROWS_WITH(make_regressor("rigde"),
                      ContainsSubstring("regressor 'rigde' is unknown") && ContainsSubstring("ridge"));
    RegressorSettings settings;
    settings.alpha = 0;
    CHECK_THROWS_WITH(make_regressor("ridge", settings), "alpha of a regressor must be above 0");
    settings = {};
    settings.epsilon = -1;
    CHECK_THROWS_WITH(make_regressor("svr_rbf", settings), "epsilon of a regressor must be 0 or above");
    settings = {};
    settings.folds = 1;
    CHECK_THROWS_WITH(make_regressor("auto", settings), "folds of a regressor must be 2 or more");
}
