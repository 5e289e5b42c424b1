// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/trainer.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/loss.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Points of the plane, class 1 above the diagonal.
class Points final : public TensorData {
public:
    std::vector<Input> inputs() const override { return {{"point", {2}}}; }
    Shape output() const override { return {2}; }
    std::int64_t examples(Split) const override { return 24; }
    using TensorData::batch;
    Batch batch(Split, std::span<const std::int64_t> indices, const Augmentation&, Rng&) const override
    {
        const Tensor all = at::randn({24, 2}, generator(1, "points"));
        const Tensor x = all.index_select(0, at::tensor(indices, at::kLong));
        return {{x}, x.select(1, 0).lt(x.select(1, 1)).to(at::kLong)};
    }
};

Network one_of_two(const std::string& branch, bool normalised)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {2}}});
    x = n.add(Op::linear, {x}, {{"out", {4}}, {"bias", {1}}}, "stem");
    if (normalised)
        x = n.add(Op::batch_norm, {x}, {}, "norm");
    x = n.add(Op::linear, {n.add(Op::tanh, {x})}, {{"out", {4}}}, branch);
    n.add(Op::linear, {n.add(Op::tanh, {x})}, {{"out", {2}}}, "head");
    return n;
}

/// Holds both branches; which one is computed says the path.
Network both(bool normalised)
{
    Network n = one_of_two("left", normalised);
    n.add(Op::linear, {n[0].index()}, {{"out", {4}}}, "unused");
    n.add(Op::linear, {n.size() - 1}, {{"out", {4}}}, "right");
    return n;
}

class Context0 final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

struct Fixture {
    explicit Fixture(const Recipe& how = recipe(), const Replication& replication = {}, bool normalised = true)
        : weights{both(normalised), {}, 1}, trainer{weights, data, examples, how, replication}
    {
    }
    static Recipe recipe()
    {
        Recipe recipe;
        recipe.epochs = 8, recipe.batch = 8;
        return recipe;
    }
    void epoch(std::size_t index, const std::vector<Path>& paths)
    {
        Context0 context;
        Phase::Step step{index, Rng(9, std::to_string(index)), context};
        trainer.epoch(step, [&](Rng&) { return paths; });
    }
    /// What the optimiser remembers, by tensor.
    std::map<std::string, Tensor> remembered()
    {
        trainer.save(folder.path());
        std::map<std::string, Tensor> tensors;
        for (const auto& [name, tensor] : load_tensors((folder / "optimiser").string()))
            tensors[name] = tensor;
        return tensors;
    }

    Points data;
    std::vector<std::int64_t> examples = first_indices(24);
    Weights weights;
    Trainer trainer;
    TemporaryFolder folder;
};

std::map<std::string, Tensor> values(const Weights& weights)
{
    std::map<std::string, Tensor> values;
    for (const NamedTensor& tensor : weights.tensors())
        values[tensor.name] = tensor.value.detach().clone();
    return values;
}

double distance(const Weights& a, const Weights& b)
{
    double largest = 0;
    for (std::size_t i = 0; i < a.tensors().size(); ++i)
        largest = std::max(largest, (a.tensors()[i].value - b.tensors()[i].value).abs().max().item<double>());
    return largest;
}

}  // namespace

TEST_CASE("only what a path touched moves, weights, momentum and moments, bit by bit", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.optimiser = GENERATE("sgd", "adam");
    recipe.decay = GENERATE("all", "weights");
    Fixture f(recipe);
    const bool normalised = true;
    f.epoch(0, {{one_of_two("left", normalised)}});
    f.epoch(1, {{one_of_two("right", normalised)}});
    const auto before = values(f.weights);
    const auto remembered = f.remembered();
    f.epoch(2, {{one_of_two("left", normalised)}});
    for (const auto& [name, value] : values(f.weights)) {
        INFO(name);
        const bool touched = !name.starts_with("right") && !name.starts_with("unused");
        if (name != "stem.bias")  // which the normalisation takes away again: its gradient is 0
            CHECK(at::equal(value, before.at(name)) != touched);
    }
    // the optimiser names what it remembers by parameter and number of its steps: what is the same is of the weight and
    // the bias of "right"
    std::size_t same = 0;
    for (const auto& [name, tensor] : f.remembered())
        if (const auto found = remembered.find(name); found != remembered.end() && at::equal(tensor, found->second))
            ++same;
    CHECK(same == (recipe.optimiser == "adam" ? 4 : 2));
}

TEST_CASE("weights alone decay if so wished", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.momentum = 0, recipe.learning_rate = 1e-3, recipe.schedule = "constant", recipe.weight_decay = 0.5;
    const auto moved = [&](const char* decay, const char* name) {
        recipe.decay = decay;
        Fixture with(recipe);
        with.weights.at(name).detach().fill_(3);
        with.epoch(0, {{one_of_two("left", true)}});
        return with.weights.at(name).sum().item<double>();
    };
    CHECK(moved("all", "stem.bias") < moved("weights", "stem.bias"));
    CHECK(moved("all", "norm.weight") < moved("weights", "norm.weight"));
    CHECK(moved("all", "stem.weight") == moved("weights", "stem.weight"));
}

TEST_CASE("gradients of a step's paths are added up", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.momentum = 0, recipe.weight_decay = 0, recipe.batch = 24, recipe.schedule = "constant";
    Fixture once(recipe, {}, false), twice(recipe, {}, false);
    const auto start = values(once.weights);
    const Path left{one_of_two("left", false)};
    once.epoch(0, {left});
    twice.epoch(0, {left, left});
    for (const auto& [name, from] : start) {
        INFO(name);
        CHECK(at::allclose(twice.weights.at(name) - from, (once.weights.at(name) - from) * 2, 1e-4, 1e-6));
    }
    CHECK(once.trainer.loss() == twice.trainer.loss());  // a mean, not a sum
}

TEST_CASE("a path that learns from the first one does so from its outputs, in its share", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.batch = 24, recipe.learning_rate = 0;
    const auto loss = [&](double share, double temperature) {
        Fixture f(recipe, {}, false);
        f.epoch(0, {{one_of_two("left", false)},
                    {one_of_two("right", false), Distillation{.share = share, .temperature = temperature}}});
        return f.trainer.loss();
    };
    Fixture f(recipe, {}, false);
    const Batch batch = static_cast<const TensorData&>(f.data).batch(Split::train, f.examples);
    const Tensor first = forward(one_of_two("left", false), f.weights, batch.x());
    const Tensor second = forward(one_of_two("right", false), f.weights, batch.x());
    const double labels = cross_entropy(first, batch.y).item<double>();
    const double own = cross_entropy(second, batch.y).item<double>();
    const double soft = -first.softmax(1).mul(second.log_softmax(1)).sum(1).mean().item<double>();
    CHECK(loss(0, 1) == Approx((labels + own) / 2));
    CHECK(loss(1, 1) == Approx((labels + soft) / 2));
    CHECK(loss(0.25, 1) == Approx((labels + 0.75 * own + 0.25 * soft) / 2));
    const double warm = -9 * first.div(3).softmax(1).mul(second.div(3).log_softmax(1)).sum(1).mean().item<double>();
    CHECK(loss(1, 3) == Approx((labels + warm) / 2));
}

TEST_CASE("no gradient flows into a teacher", "[trainer]")
{
    const Tensor student = at::randn({3, 4}, generator(1, "s")).requires_grad_();
    const Tensor teacher = at::randn({3, 4}, generator(1, "t")).requires_grad_();
    soft_cross_entropy(student, teacher, 2).backward();
    CHECK(student.grad().defined());
    CHECK_FALSE(teacher.grad().defined());
}

TEST_CASE("replicas of a network without normalisation compute what one does, and always the same", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.batch = 10;  // 3, 3 and 4 of it; the last has 4: 1, 1 and 2
    const std::vector<Path> paths{{one_of_two("left", false)}, {one_of_two("right", false), Distillation{}}};
    const auto trained = [&](int replicas) {
        auto f = std::make_unique<Fixture>(recipe, Replication{replicas, 1}, false);
        f->epoch(0, paths), f->epoch(1, paths);
        return f;
    };
    const auto alone = trained(1), three = trained(3);
    CHECK(distance(alone->weights, three->weights) < 1e-5);
    CHECK(three->trainer.loss() == Approx(alone->trainer.loss()).epsilon(1e-5));
    CHECK(distance(three->weights, trained(3)->weights) == 0);
    const auto many = trained(16);  // more than there are examples in a batch
    CHECK(distance(alone->weights, many->weights) < 1e-5);
}

TEST_CASE("the first replica's part moves the running statistics", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.batch = 24, recipe.learning_rate = 0;
    Fixture f(recipe, {2, 1});
    const Tensor before = f.weights.statistics().at("norm").mean.clone();
    f.epoch(0, {{one_of_two("left", true)}});
    std::vector<std::int64_t> order = f.examples;
    Rng rng(9, "0");
    shuffle(order, rng);
    order.resize(12);
    const Tensor x = static_cast<const TensorData&>(f.data).batch(Split::train, order).x();
    const Tensor mean = x.matmul(f.weights.at("stem.weight").t()).add(f.weights.at("stem.bias")).mean(0);
    CHECK(at::allclose(f.weights.statistics().at("norm").mean, before * 0.9 + mean * 0.1, 1e-4, 1e-6));
}

TEST_CASE("what a replica throws is the step's error", "[trainer]")
{
    Fixture f(Fixture::recipe(), {3, 1});
    CHECK_THROWS_WITH(f.epoch(0, {{one_of_two("missing", true)}}), ContainsSubstring("missing"));
}

TEST_CASE("the average of the weights takes their place at the end alone", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.epochs = 2, recipe.batch = 24;
    Fixture plain(recipe);
    recipe.average = 0.5;
    Fixture averaged(recipe);
    const Path left{one_of_two("left", true)};
    const auto start = values(plain.weights);
    plain.epoch(0, {left}), averaged.epoch(0, {left});
    CHECK(distance(plain.weights, averaged.weights) == 0);
    const auto middle = values(plain.weights);
    plain.epoch(1, {left}), averaged.epoch(1, {left});
    // the first update has decay 1/10, the second 2/11
    for (const auto& [name, first] : start) {
        INFO(name);
        const Tensor once = first * 0.1 + middle.at(name) * 0.9;
        const Tensor expected = once * (2.0 / 11) + plain.weights.at(name) * (9.0 / 11);
        CHECK(at::allclose(averaged.weights.at(name), expected, 1e-5, 1e-6));
    }
}

namespace {

/// One of two layers, by a decision that is open.
Network open_branch()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {2}}});
    x = n.add(Op::tanh, {n.add(Op::linear, {x}, {{"out", {4}}, {"bias", {1}}}, "stem")});
    const std::size_t left = n.add(Op::linear, {x}, {{"out", {4}}}, "left");
    const std::size_t right = n.add(Op::linear, {x}, {{"out", {4}}}, "right");
    x = n.add(Op::choice, {left, right}, {{"decision", {0}}});
    n.add(Op::linear, {n.add(Op::tanh, {x})}, {{"out", {2}}}, "head");
    return n;
}

/// Trains weights and logits in turn.
struct InTurn {
    explicit InTurn(const Recipe& how, const Replication& replication)
        : fixture{how, replication, false},
          logits{at::tensor({0.2, -0.1}, at::kDouble).requires_grad_()},
          moves{{logits}, Adam{.learning_rate = 0.1}}
    {
    }
    /// @param of_logits which batches move the logits
    void epoch(std::size_t index, const std::function<bool(std::int64_t)>& of_logits, const Tensor& penalty = {})
    {
        Context0 context;
        Phase::Step step{index, Rng(9, std::to_string(index)), context};
        fixture.trainer.epoch(step, [&](const BatchPlace& place, Rng&) {
            Descent descent{.paths = {{.network = open_branch(), .gates = {{0, logits.softmax(0)}}}}};
            if (of_logits(place.index)) {
                descent.instead = &moves;
                if (penalty.defined())
                    descent.penalty = logits.softmax(0).mul(penalty).sum();
            }
            places.emplace_back(place.index, place.count);
            return descent;
        });
    }
    Fixture fixture;
    Tensor logits;
    Optimiser moves;
    std::vector<std::pair<std::int64_t, std::int64_t>> places;
};

bool every_second(std::int64_t batch)
{
    return batch % 2 == 1;
}

}  // namespace

TEST_CASE("a step moves either the weights or what the gates are made of", "[trainer]")
{
    InTurn f(Fixture::recipe(), {});
    const auto weights = values(f.fixture.weights);
    const Tensor logits = f.logits.detach().clone();
    f.epoch(0, [](std::int64_t) { return true; });
    for (const auto& [name, value] : values(f.fixture.weights))
        CHECK(at::equal(value, weights.at(name)));
    const Tensor moved = f.logits.detach().clone();
    CHECK_FALSE(at::equal(moved, logits));
    f.epoch(1, [](std::int64_t) { return false; });
    CHECK(at::equal(f.logits, moved));
    for (const char* name : {"stem.weight", "left.weight", "right.weight", "head.weight"})
        CHECK_FALSE(at::equal(f.fixture.weights.at(name), weights.at(name)));
    CHECK(f.places ==
          std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 3}, {1, 3}, {2, 3}, {0, 3}, {1, 3}, {2, 3}});
}

TEST_CASE("gates learn as one graph from them to the loss would have them do", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.batch = 24;
    const Tensor penalty = at::tensor({3.0, 1.0}, at::kDouble);
    InTurn f(recipe, {});
    f.epoch(
        0, [](std::int64_t) { return true; }, penalty);
    InTurn by_hand(recipe, {});
    const Batch batch =
        static_cast<const TensorData&>(by_hand.fixture.data).batch(Split::train, by_hand.fixture.examples);
    const Gates gates{{0, by_hand.logits.softmax(0)}};
    const Tensor outputs =
        forward(open_branch(), by_hand.fixture.weights, batch.x(), {.mode = Mode::train, .gates = &gates});
    cross_entropy(outputs, batch.y).add(gates.at(0).mul(penalty).sum()).backward();
    by_hand.moves.step();
    CHECK(at::allclose(f.logits, by_hand.logits, 1e-6, 1e-9));
}

TEST_CASE("replicas move weights and gates as one alone does", "[trainer]")
{
    Recipe recipe = Fixture::recipe();
    recipe.batch = 9;
    const Tensor penalty = at::tensor({3.0, 1.0}, at::kDouble);
    InTurn alone(recipe, {}), two(recipe, {2, 1}), again(recipe, {2, 1});
    for (InTurn* f : {&alone, &two, &again})
        for (std::size_t epoch = 0; epoch < 3; ++epoch)
            f->epoch(epoch, every_second, penalty);
    CHECK(at::allclose(alone.logits, two.logits, 1e-4, 1e-6));
    CHECK(distance(alone.fixture.weights, two.fixture.weights) < 1e-5);
    CHECK(at::equal(two.logits, again.logits));
    CHECK(distance(two.fixture.weights, again.fixture.weights) == 0);
}

TEST_CASE("a gate for each example goes with its example to whichever replica", "[trainer]")
{
    const auto trained = [](const Replication& replication, const std::function<Gates(const Batch&)>& gates) {
        Fixture f(Fixture::recipe(), replication, false);
        Context0 context;
        for (std::size_t index = 0; index < 3; ++index) {
            Phase::Step step{index, Rng(9, std::to_string(index)), context};
            f.trainer.epoch(step, [&](const BatchPlace& place, Rng&) {
                CHECK(place.batch.y.size(0) == 8);
                return Descent{.paths = {{.network = open_branch(), .gates = gates(place.batch)}}};
            });
        }
        return values(f.weights);
    };
    // examples of one class take the left layer, those of the other the right one
    const auto by_class = [](const Batch& batch) -> Gates {
        const Tensor right = batch.y.to(at::kFloat);
        return {{0, at::stack({1 - right, right}, 1)}};
    };
    const auto alone = trained({}, by_class), two = trained({2, 1}, by_class);
    for (const auto& [name, value] : alone)
        CHECK(at::allclose(value, two.at(name), 1e-4, 1e-6));
    const auto left = trained({}, [](const Batch&) -> Gates { return {{0, at::tensor({1.F, 0.F})}}; });
    CHECK_FALSE(at::allclose(alone.at("right.weight"), left.at("right.weight")));
}

TEST_CASE("a step without paths and without a penalty is an error", "[trainer]")
{
    Fixture f;
    Context0 context;
    Phase::Step step{0, Rng(9), context};
    CHECK_THROWS_AS(f.trainer.epoch(step, [](Rng&) { return std::vector<Path>(); }), Error);
}

TEST_CASE("a step without paths descends its penalty alone, which is no loss of the training", "[trainer]")
{
    Fixture f;
    const Tensor point = at::tensor({3.0, -2.0}, at::kDouble).requires_grad_();
    Optimiser moves({point}, Sgd{.learning_rate = 0.5});
    const auto before = values(f.weights);
    Context0 context;
    Phase::Step step{0, Rng(9), context};
    f.trainer.epoch(step, [&](const BatchPlace&, Rng&) {
        return Descent{.paths = {}, .instead = &moves, .penalty = point.square().sum()};
    });
    CHECK(point.abs().max().item<double>() == 0);  // in one step of the three
    for (const auto& [name, value] : before)
        CHECK(at::equal(value, f.weights.at(name)));
    CHECK(f.trainer.steps() == 0);
    CHECK(f.trainer.loss() == 0);
}
