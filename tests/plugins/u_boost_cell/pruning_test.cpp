// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include "catch.hpp"
#include "cell.hpp"
#include "u_boost_cell.hpp"

using namespace espalier;
using namespace espalier::u_boost_cell;

namespace {

constexpr std::size_t kCells = 4;

std::set<std::string> weights(const Network& network)
{
    std::set<std::string> names;
    for (const Layer layer : network)
        names.insert(layer.spec().weights);
    return names;
}

std::string edge_name(std::size_t cell, std::size_t e)
{
    const auto [from, to] = kEdges[e];
    return "cell" + std::to_string(cell) + "." + std::string(kNodes[from]) + "-" + std::string(kNodes[to]) + ".conv3";
}

}  // namespace

TEST_CASE("what is pruned is what is not in the network, for every set of zero edges", "[u_boost_cell]")
{
    const UBoostCell space(
        {.array = 2, .cells = kCells, .widths = {0.5, 1}, .operations = {"zero", "conv3"}, .resolution = 32}, {});
    std::set<std::string> keys, networks;
    std::size_t empty = 0;
    for (unsigned edges = 0; edges < 1U << kEdges.size(); ++edges) {
        Architecture a{std::vector<std::uint16_t>(space.decisions().size(), 1)};
        std::array<bool, kEdges.size()> zero{};
        for (std::size_t e = 0; e < kEdges.size(); ++e) {
            a.choices[e] = edges >> e & 1U;
            zero[e] = a.choices[e] == 0;
        }
        INFO(space.text(a));
        const Network network = space.network(Region(a));
        const std::set<std::string> there = weights(network);
        const Pruned left(zero, kCells);
        const std::vector<bool> active = space.active(a);
        for (std::size_t c = 0; c < kCells; ++c) {
            for (std::size_t e = 0; e < kEdges.size(); ++e) {
                const bool kept = left.cell(c) && left.kept(e);
                REQUIRE(there.contains(edge_name(c, e)) == kept);
                REQUIRE(active[kEdges.size() + c * 11 + 2 + e] == kept);
            }
            for (std::size_t input = 0; input < kInputs; ++input) {
                const bool read = left.cell(c) && left.reads(input);
                REQUIRE(there.contains("cell" + std::to_string(c) + "." + std::string(kNodes[input])) == read);
                REQUIRE(active[kEdges.size() + c * 11 + input] == read);
            }
        }
        empty += network.output().op() == Op::zeros ? 1 : 0;
        REQUIRE((network.output().op() == Op::zeros) == !left.cell(kCells - 1));
        keys.insert(space.key(a));
        networks.insert(to_string(network));
    }
    CHECK(keys.size() == networks.size());
    CHECK(empty == 47);
}

TEST_CASE("cells that read only the one before the last leave every other one out", "[u_boost_cell]")
{
    const UBoostCell space({.cells = 4, .operations = {"conv3", "zero"}}, {});
    Architecture a{std::vector<std::uint16_t>(space.decisions().size(), 0)};
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        a.choices[e] = kEdges[e].from == 0 ? 1 : 0;
    const std::set<std::string> there = weights(space.network(Region(a)));
    CHECK(there.contains("cell3.pp"));
    CHECK(there.contains("cell1.pp"));
    CHECK_FALSE(there.contains("cell3.p"));
    CHECK_FALSE(there.contains("cell2.pp"));
    CHECK_FALSE(there.contains("cell0.pp"));
}
