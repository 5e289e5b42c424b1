// SPDX-License-Identifier: Apache-2.0
// What cells cost on a systolic array: the paper's scale, and that cells and array scale together.
#include <map>
#include <string>

#include "analytic/systolic.hpp"
#include "catch.hpp"
#include "u_boost_cell.hpp"

using namespace espalier;
using u_boost_cell::UBoostCell;

namespace {

struct Cost {
    double milliseconds, utilisation;
};

/// Of the layers within cells that take time, by the name of their weights.
std::map<std::string, Cost> priced(const Network& network, int array)
{
    cost_models::Systolic::Options options;
    options.rows = options.columns = array;
    options.batch = 64;
    const cost_models::Systolic model(options, {});
    std::map<std::string, Cost> costs;
    for (const Layer layer : network) {
        if (layer.op() != Op::conv || !layer.spec().weights.starts_with("cell"))
            continue;
        const auto cost = [&](const char* metric) {
            return (*model.layers(metric))(layer, static_cast<double>(layer.input_shape()[0]),
                                           static_cast<double>(layer.shape()[0]))
                .value;
        };
        costs[layer.spec().weights] = {cost("latency_ms"), cost("utilisation")};
    }
    return costs;
}

}  // namespace

TEST_CASE("three cells of 3x3 convolutions as wide as the array fill it for 2.13 ms", "[u_boost_cell]")
{
    const UBoostCell space({}, {});
    Architecture a{std::vector<std::uint16_t>(space.decisions().size(), 0)};
    for (std::size_t d = 9; d < a.choices.size(); ++d)
        a.choices[d] = 8;
    REQUIRE(space.decisions()[9].options[8] == "128");
    const std::map<std::string, Cost> costs = priced(space.network(Region(a)), 128);
    REQUIRE(costs.size() == 33);
    double sum = 0;
    for (const auto& [name, cost] : costs) {
        INFO(name);
        CHECK(cost.utilisation == Approx(1).epsilon(1e-12));
        sum += cost.milliseconds;
    }
    CHECK(sum == Approx(11 * 9 * 64 * (256 + 64 + 16) / 1e6).epsilon(1e-12));
}

TEST_CASE("an eighth of the channels takes as long on an eighth of the array", "[u_boost_cell]")
{
    // without separable convolutions: a depthwise one wastes all columns but one
    const std::vector<std::string> operations{"conv3", "conv5", "dilated3", "dilated5", "identity", "zero"};
    const UBoostCell large({.operations = operations}, {}), small({.array = 16, .operations = operations}, {});
    Rng rng{5};
    for (int i = 0; i < 20; ++i) {
        const Architecture a = random_architecture(Region(large.decisions()), rng);
        INFO(large.text(a));
        const std::map<std::string, Cost> costs = priced(large.network(Region(a)), 128),
                                          scaled = priced(small.network(Region(a)), 16);
        REQUIRE(costs.size() == scaled.size());
        for (const auto& [name, cost] : costs) {
            INFO(name);
            CHECK(scaled.at(name).milliseconds == Approx(cost.milliseconds).epsilon(1e-12));
            CHECK(scaled.at(name).utilisation == Approx(cost.utilisation).epsilon(1e-12));
        }
    }
}
