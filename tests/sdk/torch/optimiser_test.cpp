// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/optimiser.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/schedule.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier::torch_sdk;

namespace {

at::Tensor parameter(double value)
{
    return at::tensor({value}, at::kDouble).requires_grad_();
}

// the gradient of a * w is a
void step(Optimiser& optimiser, const at::Tensor& w, double slope)
{
    optimiser.step(w.sum().mul(slope));
}

}  // namespace

TEST_CASE("plain descent moves by rate times gradient, with decay", "[optimiser]")
{
    const at::Tensor w = parameter(2);
    Optimiser sgd({w}, Sgd{.learning_rate = 0.1, .weight_decay = 0.5});
    step(sgd, w, 3);
    CHECK(w.item<double>() == Approx(2 - 0.1 * (3 + 0.5 * 2)));
    CHECK_FALSE(w.grad().defined());
    const double before = w.item<double>();
    w.sum().mul(100).backward();  // of a loss before, which is forgotten
    step(sgd, w, 3);
    CHECK(w.item<double>() == Approx(before - 0.1 * (3 + 0.5 * before)));
}

TEST_CASE("momentum and Nesterov's momentum are those of two steps by hand", "[optimiser]")
{
    const at::Tensor w = parameter(0), n = parameter(0);
    Optimiser heavy({w}, Sgd{.learning_rate = 0.1, .momentum = 0.9});
    Optimiser nesterov({n}, Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
    step(heavy, w, 1), step(heavy, w, 2);
    CHECK(w.item<double>() == Approx(-0.1 * 1 - 0.1 * (0.9 * 1 + 2)));
    step(nesterov, n, 1), step(nesterov, n, 2);
    CHECK(n.item<double>() == Approx(-0.1 * (1 + 0.9 * 1) - 0.1 * (2 + 0.9 * (0.9 * 1 + 2))));
}

TEST_CASE("Adam's first steps are by hand", "[optimiser]")
{
    const at::Tensor w = parameter(0);
    Optimiser adam({w}, Adam{.learning_rate = 0.01});
    step(adam, w, 4);
    CHECK(w.item<double>() == Approx(-0.01));  // the first step is the rate, whatever the gradient
    step(adam, w, 1);
    const double m = (0.9 * 0.1 * 4 + 0.1 * 1) / (1 - 0.81);
    const double v = (0.999 * 0.001 * 16 + 0.001 * 1) / (1 - 0.999 * 0.999);
    CHECK(w.item<double>() == Approx(-0.01 - 0.01 * m / (std::sqrt(v) + 1e-8)));
}

TEST_CASE("gradients longer than the clip are shortened together", "[optimiser]")
{
    const at::Tensor a = parameter(0), b = parameter(0);
    Optimiser sgd({a, b}, Sgd{.learning_rate = 1, .clip = 1});
    sgd.step(a.sum().mul(3).add(b.sum().mul(4)));
    CHECK(a.item<double>() == Approx(-0.6));
    CHECK(b.item<double>() == Approx(-0.8));
    sgd.step(a.sum().mul(0.3).add(b.sum().mul(0.4)));  // shorter ones are left alone
    CHECK(a.item<double>() == Approx(-0.9));
}

TEST_CASE("a parameter that the loss does not use stays", "[optimiser]")
{
    const at::Tensor used = parameter(1), unused = parameter(1);
    Optimiser sgd({used, unused}, Sgd{.learning_rate = 1, .momentum = 0.9, .weight_decay = 0.1});
    step(sgd, used, 1);
    CHECK(unused.item<double>() == 1);
    CHECK(used.item<double>() != 1);
}

TEST_CASE("a loaded optimiser goes on exactly", "[optimiser]")
{
    const TemporaryFolder folder;
    const auto check = [&](const auto& options, const std::string& name) {
        const at::Tensor w = parameter(1), other = parameter(1);
        Optimiser first({w, other}, options);
        step(first, w, 2), step(first, w, 3);
        first.save(folder.path(), name);
        const at::Tensor copy = parameter(w.item<double>());
        Optimiser second({copy, parameter(1)}, options);
        second.load(folder.path(), name);
        step(first, w, -1), step(second, copy, -1);
        CHECK(w.item<double>() == copy.item<double>());
        Optimiser strange({at::ones({2}).requires_grad_()}, options);
        CHECK_THROWS_WITH(strange.load(folder.path(), name), ContainsSubstring("other parameters"));
        // what was not remembered then is not remembered any more
        const at::Tensor again = parameter(1), untouched = parameter(1);
        Optimiser(std::vector{again}, options).save(folder.path(), name + " fresh");
        Optimiser used({again}, options), fresh({untouched}, options);
        step(used, again, 2);
        again.detach().fill_(1);
        used.load(folder.path(), name + " fresh");
        step(used, again, -1), step(fresh, untouched, -1);
        CHECK(again.item<double>() == untouched.item<double>());
    };
    check(Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, "sgd");
    check(Adam{}, "adam");
}

TEST_CASE("groups have rates and decays of their own", "[optimiser]")
{
    const auto check = [](const auto& options, double moved) {
        const at::Tensor usual = parameter(1), slow = parameter(1), plain = parameter(1);
        Optimiser optimiser({{.parameters = {usual}},
                             {.parameters = {slow}, .rate_factor = 0.1},
                             {.parameters = {plain}, .weight_decay = 0}},
                            options);
        optimiser.step(usual.add(slow).add(plain).sum());
        CHECK(usual.item<double>() == Approx(1 - moved));
        CHECK(slow.item<double>() == Approx(1 - 0.1 * moved));
        CHECK(plain.item<double>() == Approx(0.9));
    };
    check(Sgd{.learning_rate = 0.1, .weight_decay = 0.5}, 0.15);
    check(Adam{.learning_rate = 0.1, .weight_decay = 0.5}, 0.1);  // its first step is the rate, decay or not
}

TEST_CASE("undefined gradients leave weights, momentum and moments as they are, bit by bit", "[optimiser]")
{
    const TemporaryFolder folder;
    const auto check = [&](const auto& options) {
        const at::Tensor often = parameter(1), seldom = parameter(0.3);
        Optimiser optimiser({often, seldom}, options);
        optimiser.step(often.mul(seldom).sum());
        optimiser.save(folder.path(), "before");
        const double before = seldom.item<double>();
        for (int i = 0; i < 3; ++i)
            step(optimiser, often, 2);
        CHECK(seldom.item<double>() == before);
        optimiser.save(folder.path(), "after");
        const auto kept = [&](const char* name) {
            std::vector<std::pair<std::string, at::Tensor>> of_seldom;
            for (const auto& saved : load_tensors(folder / name))
                if (saved.first.starts_with("1."))
                    of_seldom.push_back(saved);
            return of_seldom;
        };
        const auto first = kept("before"), last = kept("after");
        REQUIRE(first.size() == last.size());
        CHECK_FALSE(first.empty());
        for (std::size_t i = 0; i < first.size(); ++i) {
            CHECK(first[i].first == last[i].first);  // which holds the number of steps
            CHECK(at::equal(first[i].second, last[i].second));
        }
    };
    check(Sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1});
    check(Adam{.weight_decay = 0.1});
}

TEST_CASE("schedules go from where to where they say", "[optimiser]")
{
    using Kind = Schedule::Kind;
    const auto factors = [](const Schedule& schedule, std::vector<double> steps) {
        for (double& step : steps)
            step = schedule.factor(step, 10);
        return steps;
    };
    const auto check = [&](const Schedule& schedule, const std::vector<double>& steps, const std::vector<double>& all) {
        const std::vector<double> found = factors(schedule, steps);
        for (std::size_t i = 0; i < all.size(); ++i) {
            INFO("at " << steps[i]);
            CHECK(found[i] == Approx(all[i]).margin(1e-12));
        }
    };
    check({}, {0, 5, 10, 11}, {1, 0.5, 0, 0});
    check({}, {10.0 / 3}, {0.75});
    check({.end = 0.2}, {0, 5, 10}, {1, 0.6, 0.2});
    check({.kind = Kind::constant}, {0, 5, 10}, {1, 1, 1});
    check({.kind = Kind::linear, .end = 0.5}, {0, 4, 10, 12}, {1, 0.8, 0.5, 0.5});
    check({.kind = Kind::step, .gamma = 0.5, .period = 3}, {0, 2.9, 3, 6, 9}, {1, 1, 0.5, 0.25, 0.125});
    check({.kind = Kind::cyclic, .period = 4}, {0, 1, 2, 3, 4, 6}, {0, 0.5, 1, 0.5, 0, 1});
    check({.kind = Kind::one_cycle, .end = 0.1, .rise = 0.4}, {0, 2, 4, 7, 10}, {0.1, 0.55, 1, 0.55, 0.1});
    const double quarter = (1 - std::sqrt(0.5)) / 2;  // along a cosine up and down
    check({.kind = Kind::one_cycle, .rise = 0.4}, {1, 3, 5.5, 8.5}, {quarter, 1 - quarter, 1 - quarter, quarter});
    check({.warm_up = 2}, {0, 1, 2, 6, 10}, {0, 0.5, 1, 0.5, 0});
    check({.kind = Kind::step, .gamma = 0.5, .period = 3, .warm_up = 2}, {4.9, 5}, {1, 0.5});
}

TEST_CASE("cross entropy is by hand, smoothed or not", "[loss]")
{
    const at::Tensor logits = at::tensor({0.0, std::log(3.0)}, at::kDouble).reshape({1, 2});
    const at::Tensor label = at::ones({1}, at::kLong);
    CHECK(cross_entropy(logits, label).item<double>() == Approx(-std::log(0.75)));
    CHECK(cross_entropy(logits, label, 0.2).item<double>() == Approx(-0.9 * std::log(0.75) - 0.1 * std::log(0.25)));
    CHECK(correct(logits, label) == 1);
    CHECK(correct(logits, at::zeros({1}, at::kLong)) == 0);
}
