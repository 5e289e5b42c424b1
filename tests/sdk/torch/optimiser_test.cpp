// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/optimiser.hpp"

#include <cmath>

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"
#include "espalier/torch/training/loss.hpp"

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
    };
    check(Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, "sgd");
    check(Adam{}, "adam");
}

TEST_CASE("the learning rate falls along a cosine", "[optimiser]")
{
    CHECK(cosine(0.4, 0, 10) == Approx(0.4));
    CHECK(cosine(0.4, 5, 10) == Approx(0.2));
    CHECK(cosine(0.4, 10, 10) == Approx(0).margin(1e-12));
    CHECK(cosine(0.4, 11, 10) == Approx(0).margin(1e-12));
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
