// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "cell.hpp"

using namespace espalier::nas_bench_201;
using espalier::Architecture;
using espalier::macs;
using espalier::Network;
using espalier::Op;
using espalier::params;
using espalier::Region;

namespace {

const Network& super()
{
    static const Network network = super_network({});
    return network;
}

Network live(const Architecture& a)
{
    return espalier::resolved(super(), Region(a));
}

struct Known {
    Architecture cell;
    double macs, params;
};

// counted from the benchmark's own code
const std::vector<Known> kKnown = {
    {{{4, 2, 1, 2, 1, 1}}, 15647360, 129306},   {{{3, 3, 4, 1, 3, 1}}, 113951360, 802426},
    {{{4, 3, 3, 4, 4, 4}}, 78561920, 559386},   {{{3, 3, 3, 1, 3, 2}}, 153272960, 1073466},
    {{{3, 3, 3, 1, 3, 3}}, 184730240, 1288506}, {{{2, 2, 3, 1, 3, 3}}, 121815680, 858426},
    {{{0, 0, 0, 0, 0, 0}}, 7783040, 73306},     {{{3, 3, 3, 3, 3, 3}}, 220119680, 1531546}};

double closed_form_params(const Architecture& a, double C, double N, double classes)
{
    double n1 = 0, n3 = 0;
    for (const std::uint16_t choice : a.choices) {
        n1 += choice == kConv1x1;
        n3 += choice == kConv3x3;
    }
    double count = 3 * 9 * C + 2 * C + 2 * 4 * C + 4 * C * classes + classes;
    for (const double c : {C, 2 * C, 4 * C})
        count += N * (n1 * (c * c + 2 * c) + n3 * (9 * c * c + 2 * c));
    for (const double c : {2 * C, 4 * C})
        count += 9 * (c / 2) * c + 2 * c + 9 * c * c + 2 * c + (c / 2) * c;
    return count;
}

std::size_t count(const Network& network, Op op)
{
    std::size_t found = 0;
    for (const espalier::Layer& layer : network)
        found += layer.op() == op;
    return found;
}

}  // namespace

TEST_CASE("the whole network of a cell has the benchmark's multiply-adds and parameters", "[nas_bench_201]")
{
    for (const Known& known : kKnown) {
        const Network network = unpruned_network({}, known.cell);
        INFO(text(known.cell));
        CHECK(macs(network) == known.macs);
        CHECK(params(network) == known.params);
        CHECK(network.output().shape() == espalier::Shape{10});
    }
}

TEST_CASE("parameters follow the closed form at other sizes too", "[nas_bench_201]")
{
    const Skeleton small{.input = {3, 16, 16}, .classes = 7, .channels = 6, .cells = 2};
    for (std::size_t r = 0; r < kCells; r += 97) {
        const double whole = params(unpruned_network(small, cell_at(r)));
        CHECK(whole == closed_form_params(cell_at(r), 6, 2, 7));
    }
}

TEST_CASE("the live network leaves out what does not reach the output", "[nas_bench_201]")
{
    // 1->2 and 0->2 feed node 2, whose only way on is none
    const Network pruned = live({{3, 3, 4, 1, 2, 0}});
    const Network whole = unpruned_network({}, {{3, 3, 4, 1, 2, 0}});
    CHECK(params(whole) - params(pruned) == 5 * (9 * (16 * 16 + 32 * 32 + 64 * 64) + 2 * (16 + 32 + 64)));
    CHECK(count(pruned, Op::choice) == 0);
    CHECK(count(pruned, Op::zero) == 0);
    // nothing to prune: the same numbers
    for (const Known& known : {kKnown[0], kKnown[1], kKnown[3], kKnown[4], kKnown[5], kKnown[7]}) {
        CHECK(macs(live(known.cell)) == known.macs);
        CHECK(params(live(known.cell)) == known.params);
    }
}

TEST_CASE("operations without a way from the input or to the output are none", "[nas_bench_201]")
{
    struct Dead {
        Architecture cell, pruned;
    };
    const std::vector<Dead> dead = {{{{3, 0, 0, 0, 3, 3}}, {{3, 0, 0, 0, 3, 0}}},   // nothing enters node 2
                                    {{{3, 3, 0, 0, 0, 2}}, {{0, 3, 0, 0, 0, 2}}},   // nothing leaves node 1
                                    {{{3, 3, 3, 0, 0, 0}}, {{0, 0, 0, 0, 0, 0}}}};  // nothing reaches node 3
    const auto layers = [](const Network& network) {
        std::vector<std::tuple<Op, std::string, std::vector<std::uint32_t>, espalier::Shape>> all;
        for (const espalier::Layer& layer : network)
            all.emplace_back(layer.op(), layer.spec().weights,
                             std::vector<std::uint32_t>(layer.inputs().begin(), layer.inputs().end()), layer.shape());
        return all;
    };
    for (const Dead& example : dead) {
        INFO(text(example.cell));
        CHECK(layers(live(example.cell)) == layers(live(example.pruned)));
        CHECK(function_class(example.cell) == function_class(example.pruned));
    }
    // the pruned cells have nothing more to prune: the benchmark's counts
    for (const std::size_t connected : {0, 1}) {
        CHECK(macs(live(dead[connected].cell)) == macs(unpruned_network({}, dead[connected].pruned)));
        CHECK(params(live(dead[connected].cell)) == params(unpruned_network({}, dead[connected].pruned)));
        CHECK(macs(live(dead[connected].cell)) < macs(unpruned_network({}, dead[connected].cell)));
    }
    CHECK(live(dead[2].cell).output().op() == Op::zeros);
}

TEST_CASE("341 cells do not connect input and output; their live network is zeros of the right shape",
          "[nas_bench_201]")
{
    // small, because all 15,625 are resolved
    const Network small = super_network({.channels = 2, .cells = 1});
    std::size_t constant = 0, with_dead_convolutions = 0;
    for (std::size_t r = 0; r < kCells; ++r) {
        const Network network = espalier::resolved(small, Region(cell_at(r)));
        const bool zeros = network.output().op() == Op::zeros;
        constant += zeros;
        CHECK((!zeros || network.output().shape() == espalier::Shape{10}));
        std::size_t convolutions = 0;
        for (const std::uint16_t choice : cell_at(r).choices)
            convolutions += choice == kConv1x1 || choice == kConv3x3;
        std::size_t live_convolutions = 0;
        for (const espalier::Layer& layer : network)
            live_convolutions += layer.spec().weights.starts_with("0.0.") && layer.op() == Op::conv;
        with_dead_convolutions += live_convolutions < convolutions;
    }
    CHECK(constant == 341);
    CHECK(with_dead_convolutions == 4'250);
}

TEST_CASE("all cells have the live convolutions, multiply-adds and parameters of their representative",
          "[nas_bench_201]")
{
    const Network small = super_network({.channels = 2, .cells = 1});
    const auto counted = [&small](const Architecture& a) {
        const Network network = espalier::resolved(small, Region(a));
        std::multiset<std::string> kinds;  // of the convolutions in the first cell
        for (const espalier::Layer& layer : network)
            if (layer.op() == Op::conv && layer.spec().weights.starts_with("0.0."))
                kinds.insert(layer.spec().weights.substr(layer.spec().weights.rfind('.')));
        return std::tuple(kinds, macs(network), params(network));
    };
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < kCells; ++r)
        wrong += counted(cell_at(r)) != counted(representative(cell_at(r)));
    CHECK(wrong == 0);
}

TEST_CASE("weights are named by stage, cell, edge and operation", "[nas_bench_201]")
{
    std::vector<std::string> names;
    for (const espalier::Layer& layer :
         espalier::resolved(super_network({.cells = 1}), Region(Architecture{{3, 2, 0, 1, 0, 0}})))
        if (layer.op() == Op::conv || layer.op() == Op::linear)
            names.push_back(layer.spec().weights);
    // 0->2 is dead
    CHECK(names == std::vector<std::string>{"stem", "reduce1.a", "reduce1.b", "reduce1.shortcut", "reduce2.a",
                                            "reduce2.b", "reduce2.shortcut", "classifier"});
    names.clear();
    for (const espalier::Layer& layer :
         espalier::resolved(super_network({.cells = 2, .reductions = false}), Region(Architecture{{3, 0, 0, 2, 3, 0}})))
        if (layer.op() == Op::conv)
            names.push_back(layer.spec().weights);
    CHECK(names == std::vector<std::string>{"stem", "0.0.0.3x3", "0.0.3.1x1", "0.0.4.3x3", "0.1.0.3x3", "0.1.3.1x1",
                                            "0.1.4.3x3"});
}

TEST_CASE("without stem and reductions only the cells remain", "[nas_bench_201]")
{
    const Skeleton bare{.input = {1, 3, 3}, .channels = 1, .cells = 1, .stem = false, .reductions = false};
    const Network network = espalier::resolved(super_network(bare), Region(Architecture{{3, 3, 3, 3, 3, 3}}));
    CHECK(network.output().shape() == espalier::Shape{1, 3, 3});
    CHECK(count(network, Op::relu) == 6);
    CHECK(macs(network) == 6 * 9 * 9);
    CHECK(count(network, Op::linear) == 0);
}
