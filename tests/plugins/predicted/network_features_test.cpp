// SPDX-License-Identifier: Apache-2.0
#include "network_features.hpp"

#include <algorithm>
#include <vector>

#include "espalier/counts.hpp"

#include "catch.hpp"
#include "space.hpp"

using namespace espalier;
using predicted::NetworkFeatures;

namespace {

/// Two convolutions one after the other, and `beside` further ones beside the second.
Network convolutions(int beside)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    const std::size_t first = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "a");
    std::vector<std::size_t> sum;
    for (int i = 0; i <= beside; ++i)
        sum.push_back(n.add(Op::conv, {first}, {{"out", {4}}}, "b" + std::to_string(i)));
    if (beside > 0)
        n.add(Op::add, sum);
    return n;
}

std::vector<double> row(const NetworkFeatures& features, const Network& network)
{
    std::vector<double> row(features.columns(), -1);
    features.encode(network, row);
    return row;
}

bool holds(const std::vector<double>& row, double value)
{
    return std::ranges::find(row, value) != row.end();
}

}  // namespace

TEST_CASE("a network's features are counts of its layers and what they cost", "[network_features]")
{
    NetworkFeatures features;
    const Network chain = convolutions(0), wide = convolutions(2);
    features.extend(chain);
    const std::size_t of_chain = features.columns();
    features.extend(wide);
    CHECK(features.columns() > of_chain);  // the sum
    const std::vector<double> a = row(features, chain), b = row(features, wide);
    CHECK(holds(a, macs(chain)));
    CHECK(holds(b, macs(wide)));
    CHECK(holds(b, params(wide)));
    CHECK(holds(b, bytes(wide)));
    const double third = 4.0 * 4 * 64;  // multiply-adds of a pointwise one
    CHECK(holds(a, third));
    CHECK(holds(b, 3 * third));    // three of them
    CHECK(holds(b, macs(chain)));  // on the longest way, which is that of the chain
    CHECK(std::ranges::count(a, 0.0) == static_cast<std::ptrdiff_t>(features.columns() - of_chain));
}

TEST_CASE("columns are those of the networks that were shown", "[network_features]")
{
    NetworkFeatures features;
    features.extend(convolutions(0));
    CHECK(row(features, convolutions(3)).size() == features.columns());
    const nas_bench_201::NasBench201 space({.channels = 4, .cells = 1, .classes = 10, .input = {}}, {});
    const std::size_t before = features.columns();
    features.extend(space.network(Region(Architecture{{3, 3, 3, 3, 3, 3}})));
    CHECK(features.columns() > before + 10);  // blocks among them
    CHECK_NOTHROW(row(features, Network{}));
}
