// SPDX-License-Identifier: Apache-2.0
// The three phases on a toy, each by itself and resumed.
#include "training.hpp"

#include <functional>
#include <memory>

#include <ATen/ops/equal.h>

#include "catch.hpp"
#include "children.hpp"
#include "policies.hpp"
#include "rewards.hpp"
#include "toy.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::qos_nas;
using espalier::testing::QosToy;
using espalier::testing::Steps;

namespace {

const QosProduct& reward()
{
    static const QosProduct product({.accuracy = "prob"}, {});
    return product;
}

JointSearch::Settings settings(bool by_epoch, int epochs)
{
    JointSearch::Settings s;
    s.recipe = QosToy::recipe(epochs);
    s.recipe.momentum = 0;
    s.recipe.schedule = "constant";
    s.by_epoch = by_epoch;
    s.controller_share = 0.5;
    s.entropy = 0.01;
    s.samples = by_epoch ? 1 : 3;
    s.curriculum = by_epoch ? Curriculum::Kind::linear : Curriculum::Kind::adaptive;
    return s;
}

using Made = std::function<std::unique_ptr<Phase>(Model&)>;

std::map<std::string, std::string> saved(const Phase& phase)
{
    const TemporaryFolder folder;
    phase.save(folder.path().string());
    return testing::files_in(folder.path().string());
}

/// Whether a phase that was killed after any of its steps ends with the same bytes.
void check_resumed(const QosToy& toy, const Made& made, std::size_t steps)
{
    Model whole = toy.model();
    const auto at_once = made(whole);
    Steps first;
    first.run(*at_once);
    for (std::size_t stop = 1; stop < steps; ++stop) {
        const TemporaryFolder folder;
        Model killed = toy.model(), resumed = toy.model();
        const auto before = made(killed), after = made(resumed);
        Steps some, rest;
        some.run(*before, 0, stop);
        before->save(folder.path().string());
        after->load(folder.path().string());
        rest.run(*after, stop);
        const auto whole_files = saved(*at_once), resumed_files = saved(*after);
        REQUIRE(whole_files.size() == resumed_files.size());
        for (const auto& [name, bytes] : whole_files) {
            INFO(name << " after a stop behind step " << stop);
            CHECK((bytes == resumed_files.at(name)));
        }
    }
}

std::vector<Tensor> copies(const torch_sdk::Weights& weights)
{
    std::vector<Tensor> all;
    for (const torch_sdk::NamedTensor& tensor : weights.tensors())
        all.push_back(tensor.value.detach().clone());
    return all;
}

bool same(const torch_sdk::Weights& weights, const std::vector<Tensor>& values)
{
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!at::equal(weights.tensors()[i].value, values[i]))
            return false;
    return true;
}

}  // namespace

TEST_CASE("drop-path begins with all modules and then drops some of each example's", "[qos_nas]")
{
    Rng rng(1);
    const DropPath falling{.all = 0.5, .keep = 0.5};
    CHECK(falling.policies(0.49, 4, 45, rng).min().item<float>() == 1);
    CHECK(falling.policies(0.75, 2000, 45, rng).mean().item<float>() == Approx(0.75).margin(0.01));
    CHECK(falling.policies(1, 2000, 45, rng).mean().item<float>() == Approx(0.5).margin(0.01));
    const Tensor drawn = DropPath{.all = 0.1, .keep = 0.1, .drawn = true}.policies(0.2, 2000, 45, rng);
    const Tensor each = drawn.mean(1);
    CHECK(each.mean().item<float>() == Approx(0.55).margin(0.03));
    CHECK(each.std().item<float>() > 0.2);  // of shares that are drawn uniformly: 0.26
}

TEST_CASE("pre-training teaches the meta-graph and goes on to the same bits", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    Pretraining training(model, toy.lessons(), QosToy::recipe(16), {.all = 0.2, .keep = 0.2, .drawn = true});
    Steps steps;
    steps.run(training);
    INFO(steps.notes.at("train_loss").front() << " to " << steps.notes.at("train_loss").back());
    CHECK(steps.notes.at("train_loss").back() < 0.6 * steps.notes.at("train_loss").front());
    check_resumed(
        toy,
        [&](Model& m) {
            return std::make_unique<Pretraining>(m, toy.lessons(), QosToy::recipe(3), DropPath{.all = 0.4});
        },
        3);
}

TEST_CASE("the search moves controller and meta-graph in turn and goes on to the same bits", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    JointSearch search(model, toy.lessons(), reward(), settings(true, 2));
    const auto controller = copies(model.controller.weights()), weights = copies(model.weights);
    Steps steps;
    steps.run(search, 0, 1);  // the controller's epoch
    CHECK(same(model.weights, weights));
    CHECK_FALSE(same(model.controller.weights(), controller));
    const auto learnt = copies(model.controller.weights());
    steps.run(search, 1, 1);
    CHECK(same(model.controller.weights(), learnt));
    CHECK_FALSE(same(model.weights, weights));
    for (const bool by_epoch : {true, false})
        check_resumed(
            toy,
            [&](Model& m) { return std::make_unique<JointSearch>(m, toy.lessons(), reward(), settings(by_epoch, 4)); },
            4);
}

TEST_CASE("replicas share the steps of a search", "[qos_nas]")
{
    const QosToy toy;
    Lessons two = toy.lessons();
    two.replication = {2, 1};
    check_resumed(
        toy, [&](Model& m) { return std::make_unique<JointSearch>(m, two, reward(), settings(false, 2)); }, 2);
}

TEST_CASE("fine-tuning leaves the controller as it is and goes on to the same bits", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    const auto controller = copies(model.controller.weights());
    FineTuning tuning(model, toy.lessons(), QosToy::recipe(2), 0);
    Steps steps;
    steps.run(tuning);
    CHECK(same(model.controller.weights(), controller));
    for (const double distillation : {0., 0.5})
        check_resumed(
            toy,
            [&](Model& m) { return std::make_unique<FineTuning>(m, toy.lessons(), QosToy::recipe(3), distillation); },
            3);
}

TEST_CASE("a constant child is the network of one policy", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    Architecture policy{std::vector<std::uint16_t>(45, 0)};
    policy.choices[0] = policy.choices[12] = 1;
    Child child = child_of(model, policy, "one");
    const std::vector<std::uint8_t> on(policy.choices.begin(), policy.choices.end());
    CHECK(child.ms == Approx(macs(child.network) / 1e6));
    CHECK(child.ms == Approx(model.latency(on) - model.controller_ms));
    const torch_sdk::Batch batch = static_cast<const torch_sdk::TensorData&>(toy.data())
                                       .batch(torch_sdk::Split::test, torch_sdk::first_indices(8));
    Tensor policies = at::zeros({8, 45});
    policies.select(1, 0).fill_(1), policies.select(1, 12).fill_(1);
    CHECK(at::allclose(torch_sdk::forward(child.network, child.weights, batch.x()), model.answers(batch, policies),
                       1e-4, 1e-5));
    check_resumed(
        toy,
        [&](Model& m) {
            struct Owned final : Phase {  // a child with its training
                Owned(Model& of, const Architecture& a, const Lessons& lessons)
                    : one{child_of(of, a, "one")}, training{one, lessons, QosToy::recipe(2)}
                {
                }
                bool step(Step& s) override { return training.step(s); }
                void save(const std::string& f) const override { training.save(f); }
                void load(const std::string& f) override { training.load(f); }
                Child one;
                ChildTraining training;
            };
            return std::make_unique<Owned>(m, policy, toy.lessons());
        },
        2);
}

TEST_CASE("the usual policy of a request is a constant", "[qos_nas]")
{
    const QosToy toy;
    Model model = toy.model();
    model.controller.weights().at("modules.weight").detach().zero_();  // then its bias alone counts: all are on
    CHECK(constant_policy(model, toy.lessons(), model.range.high, 16).choices == std::vector<std::uint16_t>(45, 1));
}
