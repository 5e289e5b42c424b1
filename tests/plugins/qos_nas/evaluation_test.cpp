// SPDX-License-Identifier: Apache-2.0
#include "evaluation.hpp"

#include <cmath>
#include <map>
#include <utility>

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>

#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/model.hpp"

#include "catch.hpp"
#include "policies.hpp"
#include "request_branch.hpp"
#include "surrogate.hpp"
#include "toy.hpp"
#include "toys/temporary_folder.hpp"
#include "warm_start.hpp"

using namespace espalier;
using namespace espalier::qos_nas;
using espalier::testing::QosToy;
using espalier::testing::Steps;

namespace {

torch_sdk::Examples test_images()
{
    return {torch_sdk::Split::test, torch_sdk::first_indices(16)};
}

}  // namespace

TEST_CASE("a controller that answers all requests alike has collapsed", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    model.controller.weights().at("modules.weight").detach().zero_();  // then its bias alone counts: all are on
    const Results results = evaluated(model, toy.data(), test_images(), 5, 40, Rng(3));
    CHECK(results.policies == 1);
    CHECK(results.acceleration() == 1);
    CHECK(results.collapsed());
    // then it is a fixed model, whose share of satisfied requests has a closed form
    const FixedModel fixed{1000 / model.latency.highest(), results.curve[0].answers.accuracy_pct};
    for (std::size_t i = 0; i < distributions().size(); ++i) {
        INFO(distributions()[i].name);
        CHECK(results.sampled[i].satisfied_pct ==
              Approx(satisfied_pct({&fixed, 1}, distributions()[i], model.range)).margin(4));
        CHECK(results.sampled[i].mean_fps == Approx(fixed.fps));
    }
    CHECK(results.curve.front().answers.met_pct == 100);
    CHECK(results.curve.back().answers.met_pct == 0);
}

TEST_CASE("random children tell what to expect of a policy", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    Pretraining training(model, toy.lessons(), QosToy::recipe(8), {.all = 0.1, .keep = 0.1, .drawn = true});
    Steps steps;
    steps.run(training);
    Rng rng(5);
    const Surrogate surrogate(model, toy.lessons(), {.children = 60, .images = 64}, rng);
    CHECK(surrogate.correlation() > 0.7);
    const std::vector<std::uint8_t> none(45, 0), all(45, 1);
    for (const auto* policy : {&none, &all}) {
        const double p = surrogate.probability(*policy), above = surrogate.above_floor(*policy);
        CHECK((p > 0 && p < 1));
        CHECK((above >= 0 && above < p));
    }
    const torch_sdk::Batch batch = static_cast<const torch_sdk::TensorData&>(toy.data())
                                       .batch(torch_sdk::Split::train, torch_sdk::first_indices(64));
    const Tensor p = at::softmax(model.answers(batch, at::ones({64, 45})), 1);
    CHECK(surrogate.probability(all) == Approx(p.gather(1, batch.y.unsqueeze(1)).mean().item<double>()).margin(0.1));
}

TEST_CASE("a controller that learns on a bandit reacts to requests", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    Steps steps;
    const Network branch = request_branch(32, 45);
    WarmStart::Settings settings;
    settings.updates = 2500;
    const double scale = (model.latency.highest() - model.latency.fixed()) / 5;
    const auto accuracy = [&](auto policy) {
        return 0.25 + 0.65 * (1 - std::exp(-(model.latency(policy) - model.latency.fixed()) / scale));
    };
    WarmStart warm(branch, model.controller.weights(), {model.latency, model.range, accuracy}, settings);
    steps.run(warm);
    const Results results = evaluated(model, toy.data(), test_images(), 5, 4, Rng(3));
    INFO("up to " << model.latency.highest() / model.latency.lowest() << " times as fast");
    CHECK(results.acceleration() > 2);
    CHECK_FALSE(results.collapsed());
    CHECK(results.policies > 1);
    for (const Answers& answers : results.sampled)
        CHECK(answers.met_pct >= 95);
    for (std::size_t i = 1; i < results.curve.size(); ++i)
        CHECK(results.curve[i].answers.mean_fps >= results.curve[i - 1].answers.mean_fps);
}

TEST_CASE("a curve is integrated over a distribution", "[qos_nas]")
{
    Results results;
    for (const double share : {0., 0.5, 1.})
        results.curve.push_back({share, share, {.satisfied_pct = 80, .met_pct = 100, .mean_fps = 1 + share}, 1});
    const auto rows = [&] {
        results.sampled.assign(5, {});
        results.closed.assign(5, 80);
        return distributions_csv(results, std::vector<std::pair<std::string, FixedModel>>{{"one", {40, 90}}},
                                 {.low = 0, .high = 80});
    }();
    CHECK(rows.find("one,40,90,45,45,") != std::string::npos);  // half of the uniform requests, nine of ten right
    CHECK(curve_csv(results).find("0.5,1.5,100,0,80,1\n") != std::string::npos);
}

TEST_CASE("a saved winner answers as the model does", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    const TemporaryFolder folder;
    model.save(folder.path().string(), toy.data(), {{"satisfied_uniform_pct", 50}});
    const torch_sdk::Model meta = torch_sdk::load_model((folder / "meta_graph").string());
    const torch_sdk::Model controller = torch_sdk::load_model((folder / "controller").string());
    CHECK(meta.metrics.at("satisfied_uniform_pct") == 50);
    const torch_sdk::Batch batch = static_cast<const torch_sdk::TensorData&>(toy.data())
                                       .batch(torch_sdk::Split::test, torch_sdk::first_indices(8));
    const Tensor rates = at::full({8}, model.range.high, at::kDouble);
    const std::vector<Tensor> inputs{batch.x(), request_numbers(rates, model.range, model.latency, 2).to(at::kFloat)};
    const c10::NoGradGuard no_graph;
    const Tensor p = torch_sdk::forward(controller.network, controller.weights, inputs);
    CHECK(at::equal(p, model.probabilities(batch.x(), rates, torch_sdk::Mode::eval)));
    const torch_sdk::Gates chosen = gates(greedy(p));
    CHECK(at::equal(torch_sdk::forward(meta.network, meta.weights, batch.x(), {.gates = &chosen}),
                    model.answers(batch, greedy(p))));
    std::map<std::string, Tensor> policy;
    for (auto& [name, value] : torch_sdk::load_tensors((folder / "policy").string()))
        policy.emplace(name, value);
    CHECK(policy.at("module_ms").sum().item<double>() + policy.at("fixed_ms").item<double>() ==
          Approx(model.latency.highest()));
    CHECK(policy.at("forced").sum().item<std::int64_t>() == 5);  // a stage each
    CHECK(policy.at("layer")[44].item<std::int64_t>() == 8);
}
