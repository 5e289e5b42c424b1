// SPDX-License-Identifier: Apache-2.0
// Gates per example at the price of what is selected.
#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"
#include "toys/meta_graph.hpp"

using espalier::Layer;
using espalier::Network;
using espalier::Op;
using namespace espalier::torch_sdk;

namespace {

at::Tensor images(std::int64_t examples, std::int64_t channels = 3)
{
    return at::empty({examples, channels, 6, 6}, at::kDouble).normal_(0, 1, generator(3, "images"));
}

MetaGraph meta_graph(bool mean = false)
{
    return {{3, 6, 6}, 4, {{4, 2, 1}, {6, 2, 2}}, mean};
}

/// [examples, decisions] zeros and ones, each 1 with `probability`.
at::Tensor policies(std::int64_t examples, std::int64_t decisions, double probability)
{
    return at::rand({examples, decisions}, generator(5, "policies"), at::kDouble).lt(probability).to(at::kDouble);
}

double distance(const at::Tensor& a, const at::Tensor& b)
{
    return (a - b).abs().max().item<double>();
}

/// How many examples each convolution was computed for, by its weights.
std::map<std::string, std::int64_t> computed_rows(const Network& network, const Weights& weights, const at::Tensor& x,
                                                  ForwardOptions options)
{
    std::map<std::string, std::int64_t> rows;
    options.observe = [&](const Layer& layer, const at::Tensor& input, const at::Tensor& output) {
        if (layer.op() != Op::conv)
            return;
        rows[layer.spec().weights] = output.size(0);
        CHECK(input.size(0) == output.size(0));
    };
    forward(network, weights, x, options);
    return rows;
}

}  // namespace

TEST_CASE("gathered and automatic execution give what dense execution gives", "[execution]")
{
    const MetaGraph meta = meta_graph(GENERATE(false, true));
    const Weights weights(meta.network(), {}, 1, at::kDouble);
    const at::Tensor x = images(7);
    for (const double probability : {0., 0.1, 0.3, 0.6, 0.95, 1.}) {
        const Gates gates = MetaGraph::gates(policies(7, meta.decisions(), probability));
        const auto run = [&](GateExecution execution) {
            return forward(meta.network(), weights, x, {.gates = &gates, .execution = execution});
        };
        const at::Tensor dense = run(GateExecution::dense);
        CHECK(distance(run(GateExecution::gathered), dense) < 1e-12);
        CHECK(distance(run(GateExecution::automatic), dense) < 1e-12);
    }
}

TEST_CASE("single precision agrees to 1e-5", "[execution]")
{
    const MetaGraph meta = meta_graph();
    const Weights weights(meta.network(), {}, 1);
    const at::Tensor x = images(7).to(at::kFloat);
    const Gates gates = MetaGraph::gates(policies(7, meta.decisions(), 0.4));
    CHECK(distance(forward(meta.network(), weights, x, {.gates = &gates, .execution = GateExecution::gathered}),
                   forward(meta.network(), weights, x, {.gates = &gates, .execution = GateExecution::dense})) < 1e-5);
}

TEST_CASE("examples that select nothing pass through bit by bit", "[execution]")
{
    Network network;
    std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    for (double decision = 0; decision < 3; ++decision) {
        const std::string name = "m" + std::to_string(static_cast<int>(decision));
        const std::size_t module = network.add(Op::conv, {x0}, {{"out", {4}}, {"kernel", {3}}}, name);
        const std::size_t nothing = network.add(Op::zero, {x0});
        const std::size_t chosen = network.add(Op::choice, {nothing, module}, {{"decision", {decision}}});
        x0 = network.add(Op::otherwise, {chosen, x0});
    }
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = images(4, 4);
    at::Tensor selected = at::zeros({4, 3}, at::kDouble);
    selected[1][2] = 1;
    const Gates gates = MetaGraph::gates(selected);
    for (const GateExecution execution : {GateExecution::gathered, GateExecution::automatic, GateExecution::dense}) {
        const at::Tensor y = forward(network, weights, x, {.gates = &gates, .execution = execution});
        for (const int example : {0, 2, 3})
            CHECK(at::equal(y[example], x[example]));
        CHECK_FALSE(at::allclose(y[1], x[1]));
    }
}

TEST_CASE("examples one by one give what they give in a batch", "[execution]")
{
    const MetaGraph meta = meta_graph(GENERATE(false, true));
    const Weights weights(meta.network(), {}, 1, at::kDouble);
    const at::Tensor x = images(6), selected = policies(6, meta.decisions(), 0.3);
    const Gates gates = MetaGraph::gates(selected);
    const at::Tensor batch =
        forward(meta.network(), weights, x, {.gates = &gates, .execution = GateExecution::gathered});
    for (std::int64_t i = 0; i < 6; ++i) {
        const Gates one = MetaGraph::gates(selected.narrow(0, i, 1));
        CHECK(distance(forward(meta.network(), weights, at::Tensor(x.narrow(0, i, 1)), {.gates = &one}),
                       batch.narrow(0, i, 1)) < 1e-12);
    }
}

TEST_CASE("a module is computed for the examples that select it, and no others", "[execution]")
{
    const MetaGraph meta = meta_graph();
    const Weights weights(meta.network(), {}, 1, at::kDouble);
    const at::Tensor x = images(9), selected = policies(9, meta.decisions(), 0.25);
    const Gates gates = MetaGraph::gates(selected);
    ForwardOptions options{.gates = &gates, .execution = GateExecution::gathered};
    auto rows = computed_rows(meta.network(), weights, x, options);
    for (std::int64_t layer = 0; layer < 4; ++layer) {
        const at::Tensor own = selected.narrow(1, layer * 5, 5);
        const std::string name = "layer" + std::to_string(layer) + ".";
        for (std::int64_t module = 0; module < 4; ++module)
            CHECK(rows[name + std::to_string(module) + ".depth"] == own.select(1, module).sum().item<double>());
        at::Tensor plain = own.select(1, 4).ne(0);
        if (layer % 2 == 0)  // the first of its stage is forced where nothing is selected
            plain = plain.logical_or(own.sum(1).eq(0));
        CHECK(rows[name + "4.second"] == plain.sum().item<std::int64_t>());
    }
    options.execution = GateExecution::dense;
    for (const auto& [name, count] : computed_rows(meta.network(), weights, x, options))
        CHECK(count == 9);
    options.mode = Mode::train;
    options.execution = GateExecution::gathered;
    for (const auto& [name, count] : computed_rows(meta.network(), weights, x, options))
        CHECK(count == 9);
}

TEST_CASE("automatic execution computes all where nearly all need it", "[execution]")
{
    const MetaGraph meta = meta_graph();
    const Weights weights(meta.network(), {}, 1, at::kDouble);
    const at::Tensor x = images(20);
    at::Tensor selected = at::zeros({20, meta.decisions()}, at::kDouble);
    selected.select(1, 0).narrow(0, 0, 19).fill_(1);
    selected.select(1, 1).narrow(0, 5, 10).fill_(1);
    selected.select(1, 2).narrow(0, 0, 18).fill_(1);
    selected.select(1, 3).narrow(0, 0, 17).fill_(1);
    selected.select(1, 5).fill_(1);
    selected.select(1, 6).narrow(0, 5, 10).fill_(1);
    const Gates gates = MetaGraph::gates(selected);
    auto rows = computed_rows(meta.network(), weights, x, {.gates = &gates});
    CHECK(rows["layer0.0.depth"] == 20);
    CHECK(rows["layer0.1.depth"] == 10);
    CHECK(rows["layer0.2.depth"] == 20);  // nine tenths are nearly all
    CHECK(rows["layer0.3.depth"] == 17);
    CHECK(rows["layer0.4.first"] == 1);
    CHECK(rows["layer1.0.depth"] == 20);
    CHECK(rows["layer1.1.depth"] == 10);
    CHECK_FALSE(rows.contains("layer1.4.first"));
}

namespace {

/// choice 0 of nothing and a branch; the branch holds choice 1 of two convolutions, a width per example (2), a factor
/// made of itself, and a normalisation. What leads in is a convolution that only the branch reads.
Network nested()
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const auto conv = [&](std::size_t in, const std::string& name) {
        return n.add(Op::conv, {in}, {{"out", {4}}, {"kernel", {3}}}, name);
    };
    const std::size_t lead = conv(x, "lead");
    const std::size_t inner = n.add(Op::choice, {conv(lead, "a"), conv(lead, "b")}, {{"decision", {1}}});
    const std::size_t masked = n.add(Op::channel_mask, {inner}, {{"decision", {2}}, {"widths", {1, 4}}});
    const std::size_t factor = n.add(Op::sigmoid, {n.add(Op::global_average, {masked})});
    const std::size_t scaled = n.add(Op::multiply, {masked, factor});
    const std::size_t branch = n.add(Op::batch_norm, {n.add(Op::concat, {scaled, conv(lead, "c")})}, {}, "bn");
    const std::size_t nothing = n.add(Op::zero, {branch});
    const std::size_t outer = n.add(Op::choice, {nothing, branch}, {{"decision", {0}}});
    const std::size_t doubled = n.add(Op::concat, {x, x});
    const std::size_t after = n.add(Op::batch_norm, {outer}, {}, "after");
    n.add(Op::add, {doubled, after});
    return n;
}

at::Tensor one_hot(std::initializer_list<int> options)
{
    at::Tensor gate = at::zeros({static_cast<std::int64_t>(options.size()), 2}, at::kDouble);
    std::int64_t example = 0;
    for (const int option : options)
        gate[example++][option] = 1;
    return gate;
}

}  // namespace

TEST_CASE("choices inside a choice are computed for the examples that come to them", "[execution]")
{
    const Network network = nested();
    const Weights weights(network, {}, 1, at::kDouble);
    weights.at("after.bias").detach().fill_(7);
    const at::Tensor x = images(6, 4);
    const Gates gates{
        {0, one_hot({0, 1, 1, 0, 1, 1})}, {1, one_hot({0, 0, 1, 1, 1, 1})}, {2, one_hot({0, 1, 0, 1, 0, 1})}};
    ForwardOptions options{.gates = &gates, .execution = GateExecution::gathered};
    CHECK(computed_rows(network, weights, x, options) ==
          std::map<std::string, std::int64_t>{{"lead", 4}, {"a", 1}, {"b", 3}, {"c", 4}});
    const at::Tensor gathered = forward(network, weights, x, options);
    options.execution = GateExecution::dense;
    CHECK(distance(gathered, forward(network, weights, x, options)) < 1e-12);
    const at::Tensor doubled = at::stack({x[0], x[0]}).flatten(0, 1);
    CHECK(at::equal(gathered[0], doubled));
}

TEST_CASE("gates for the whole batch beside gates per example", "[execution]")
{
    const Network network = nested();
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = images(4, 4);
    const Gates gates{
        {0, one_hot({0, 1, 1, 0})}, {1, at::tensor({1., 0.}, at::kDouble)}, {2, at::tensor({0.25, 0.75}, at::kDouble)}};
    ForwardOptions options{.gates = &gates, .execution = GateExecution::gathered};
    CHECK(computed_rows(network, weights, x, options) ==
          std::map<std::string, std::int64_t>{{"lead", 2}, {"a", 2}, {"c", 2}});
    const at::Tensor gathered = forward(network, weights, x, options);
    options.execution = GateExecution::dense;
    CHECK(distance(gathered, forward(network, weights, x, options)) < 1e-12);
}

TEST_CASE("a gate that requires gradients is executed densely, with the same gradients", "[execution]")
{
    const Network network = nested();
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = images(4, 4), outer = one_hot({0, 1, 1, 0}).requires_grad_();
    const Gates gates{{0, outer}, {1, one_hot({0, 1, 0, 1})}, {2, one_hot({1, 1, 0, 0})}};
    const auto slopes = [&](GateExecution execution) {
        const ForwardOptions options{.gates = &gates, .execution = execution};
        const std::vector<at::Tensor> by{outer, weights.at("a.weight"), weights.at("lead.weight")};
        return gradients(forward(network, weights, x, options).square().sum(), by);
    };
    CHECK(computed_rows(network, weights, x, {.gates = &gates, .execution = GateExecution::gathered}) ==
          std::map<std::string, std::int64_t>{{"lead", 4}, {"a", 2}, {"b", 2}, {"c", 4}});
    const auto gathered = slopes(GateExecution::gathered), dense = slopes(GateExecution::dense);
    for (std::size_t i = 0; i < dense.size(); ++i) {
        CHECK(dense[i].abs().sum().item<double>() > 0);
        CHECK(at::allclose(gathered[i], dense[i]));
    }
}

TEST_CASE("what nobody selects is not computed, and gives nothing", "[execution]")
{
    const Network network = nested();
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = images(2, 4);
    const Gates gates{{0, one_hot({0, 0})}, {1, one_hot({0, 1})}, {2, one_hot({0, 1})}};
    const ForwardOptions options{.gates = &gates, .execution = GateExecution::gathered};
    CHECK(computed_rows(network, weights, x, options).empty());
    CHECK(at::equal(forward(network, weights, x, options).narrow(1, 0, 4), x));
    // dense is what is asked of each example, not what no example asks for
    const Gates whole{{0, at::tensor({0., 1.}, at::kDouble)},
                      {1, at::tensor({1., 0.}, at::kDouble)},
                      {2, at::tensor({0.25, 0.75}, at::kDouble)}};
    for (const GateExecution execution : {GateExecution::dense, GateExecution::automatic, GateExecution::gathered})
        CHECK(computed_rows(network, weights, x, {.gates = &whole, .execution = execution}) ==
              std::map<std::string, std::int64_t>{{"lead", 2}, {"a", 2}, {"c", 2}});
}

namespace {

std::size_t conv_of(Network& n, std::size_t x, const std::string& name)
{
    return n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, name);
}

std::size_t chosen_or_nothing(Network& n, std::size_t x, double decision)
{
    const std::size_t nothing = n.add(Op::zero, {x});
    return n.add(Op::choice, {nothing, x}, {{"decision", {decision}}});
}

/// Gathered as dense. @return the rows that gathered execution computes.
std::map<std::string, std::int64_t> agreed(const Network& network, const Gates& gates, const at::Tensor& x)
{
    const Weights weights(network, {}, 1, at::kDouble);
    ForwardOptions options{.gates = &gates, .execution = GateExecution::gathered};
    const at::Tensor gathered = forward(network, weights, x, options);
    auto rows = computed_rows(network, weights, x, options);
    options.execution = GateExecution::dense;
    CHECK(distance(gathered, forward(network, weights, x, options)) < 1e-12);
    return rows;
}

}  // namespace

TEST_CASE("where the output is nothing not even the input is asked for", "[execution]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    conv_of(n, chosen_or_nothing(n, conv_of(n, x, "before"), 0), "after");
    CHECK(agreed(n, {{0, one_hot({0, 1, 1, 0})}}, images(4, 4)) ==
          std::map<std::string, std::int64_t>{{"before", 2}, {"after", 2}});
}

TEST_CASE("what others still read is not added to", "[execution]")
{
    Network n, alone;
    const std::size_t x0 = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t more = n.add(Op::add, {x0, chosen_or_nothing(n, conv_of(n, x0, "a"), 0)});
    n.add(Op::concat, {more, x0});
    conv_of(alone, alone.add(Op::input, {}, {{"shape", {4, 6, 6}}}), "a");
    const Weights weights(n, {}, 1, at::kDouble);
    const at::Tensor x = images(3, 4), a = forward(alone, weights, x);
    const Gates gates{{0, one_hot({0, 1, 0})}};
    for (const GateExecution execution : {GateExecution::gathered, GateExecution::dense}) {
        const at::Tensor y = forward(n, weights, x, {.gates = &gates, .execution = execution});
        CHECK(at::equal(y.narrow(1, 4, 4), x));
        CHECK(at::equal(y[0].narrow(0, 0, 4), x[0]));
        CHECK(distance(y[1].narrow(0, 0, 4), x[1] + a[1]) < 1e-12);
        CHECK(at::equal(y[2].narrow(0, 0, 4), x[2]));
    }
}

TEST_CASE("otherwise inside a choice steps in for the examples that come to it", "[execution]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t inner = chosen_or_nothing(n, conv_of(n, x, "a"), 1);
    const std::size_t filled = n.add(Op::otherwise, {inner, conv_of(n, x, "b")});
    n.add(Op::add, {x, chosen_or_nothing(n, filled, 0)});
    const Gates gates{{0, one_hot({0, 1, 1, 0, 1})}, {1, one_hot({1, 0, 1, 0, 1})}};
    CHECK(agreed(n, gates, images(5, 4)) == std::map<std::string, std::int64_t>{{"a", 2}, {"b", 1}});
}

TEST_CASE("zeros and a second input are gathered, too", "[execution]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t zeros = n.add(Op::zeros, {}, {{"shape", {4, 6, 6}}});
    n.add(Op::add, {x, n.add(Op::choice, {zeros, conv_of(n, x, "a")}, {{"decision", {0}}})});
    CHECK(agreed(n, {{0, one_hot({0, 1, 1})}}, images(3, 4)).at("a") == 2);

    Network two;
    const std::size_t first = two.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t second = two.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    two.add(Op::choice, {first, second}, {{"decision", {0}}});
    const Weights weights(two, {}, 1, at::kDouble);
    const std::vector<at::Tensor> inputs{images(2, 4), images(2, 4).neg()};
    for (const GateExecution execution : {GateExecution::gathered, GateExecution::dense}) {
        const Gates whole{{0, at::tensor({0., 1.}, at::kDouble)}}, each{{0, one_hot({1, 0})}};
        CHECK(at::equal(forward(two, weights, inputs, {.gates = &whole, .execution = execution}), inputs[1]));
        const at::Tensor y = forward(two, weights, inputs, {.gates = &each, .execution = execution});
        CHECK(at::equal(y[0], inputs[1][0]));
        CHECK(at::equal(y[1], inputs[0][1]));
    }
}
