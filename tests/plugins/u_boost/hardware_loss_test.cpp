// SPDX-License-Identifier: Apache-2.0
#include "hardware_loss.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/item.h>
#include <ATen/ops/log.h>
#include <ATen/ops/max.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "analytic/systolic.hpp"
#include "catch.hpp"
#include "toys/finite_differences.hpp"
#include "u_boost_cell/u_boost_cell.hpp"

using namespace espalier;
using namespace espalier::u_boost;
using torch_sdk::Gates;

namespace {

constexpr std::size_t kOperations = 9, kCellWidths = 11;

/// Fewer cells and widths: differences take two evaluations for each logit.
const u_boost_cell::UBoostCell& tiny_space()
{
    static const u_boost_cell::UBoostCell space({.array = 16, .cells = 2, .widths = {0.5, 1, 1.125, 1.6875}}, {});
    return space;
}

const u_boost_cell::UBoostCell& small_space()
{
    static const u_boost_cell::UBoostCell space({.array = 16}, {});
    return space;
}

cost_models::Systolic::Options array(const std::string& ceiling)
{
    cost_models::Systolic::Options o;
    o.rows = o.columns = 16;
    o.batch = 64;
    o.ceiling = ceiling;
    return o;
}

/// Operations open, all widths as wide as the array.
Region stage_1(const SearchSpace& space)
{
    Region region(space.decisions());
    const auto& widths = space.decisions().back().options;
    for (std::size_t d = kOperations; d < region.decisions(); ++d)
        region.fix(d, static_cast<std::uint16_t>(std::ranges::find(widths, "16") - widths.begin()));
    return region;
}

Region stage_2(const SearchSpace& space, const Architecture& a)
{
    Region region(space.decisions());
    for (std::size_t d = 0; d < kOperations; ++d)
        region.fix(d, a.choices[d]);
    return region;
}

Gates softened(const Region& region, Rng& rng)
{
    Gates gates;
    for (std::size_t d = 0; d < region.decisions(); ++d)
        if (region.options(d).size() > 1) {
            std::vector<double> logits;
            for (std::size_t k = 0; k < region.options(d).size(); ++k)
                logits.push_back(rng.normal());
            gates.emplace(d, at::tensor(logits, at::kDouble).softmax(0));
        }
    return gates;
}

Gates one_hot(const Region& region, const Architecture& a)
{
    Gates gates;
    for (std::size_t d = 0; d < region.decisions(); ++d)
        if (region.options(d).size() > 1) {
            gates.emplace(d, at::zeros({static_cast<std::int64_t>(region.options(d).size())}, at::kDouble));
            gates[d][a.choices[d]] = 1;
        }
    return gates;
}

double loss(const Hardware& hardware)
{
    return hardware.time.item<double>() - hardware.utilisation.item<double>();
}

/// The largest deviation of the graph's slopes by one decision's logits from those of differences, relative.
double deviation(const std::function<at::Tensor(const Hardware&)>& part, const HardwareLoss& of, Gates gates,
                 std::size_t decision)
{
    const auto by_logits = [&](const at::Tensor& logits) {
        gates[decision] = logits.softmax(0);
        return part(of(gates));
    };
    const at::Tensor logits = gates.at(decision).log();
    const at::Tensor graph = graph_slopes(by_logits, logits), differences = finite_differences(by_logits, logits);
    CHECK(graph.abs().max().item<double>() > 1e-9);
    return (graph - differences).abs().max().item<double>() / graph.abs().max().item<double>();
}

at::Tensor time_of(const Hardware& hardware)
{
    return hardware.time;
}

at::Tensor utilisation_of(const Hardware& hardware)
{
    return hardware.utilisation;
}

/// A cell's widths all the same, those of different cells not.
Architecture even(Architecture a, Rng& rng)
{
    for (std::size_t cell = kOperations; cell < a.choices.size(); cell += kCellWidths)
        std::fill_n(a.choices.begin() + static_cast<std::ptrdiff_t>(cell), kCellWidths,
                    static_cast<std::uint16_t>(rng.below(28)));
    return a;
}

/// Nothing of it is pruned: what is costs in the super-network, still.
bool all_there(const Architecture& a)
{
    const auto active = small_space().active(a);
    return active[kOperations] && active[kOperations + 1] &&
           std::count(active.begin(), active.begin() + kOperations, false) == 0;
}

double projections(const Network& network, const LayerCosts& costs)
{
    double sum = 0;
    for (const Layer layer : network) {
        const std::string& weights = layer.spec().weights;  // "cell0.t1.0"
        if (layer.op() == Op::conv && weights.find(".t") != std::string::npos && weights.find('-') == std::string::npos)
            sum +=
                costs(layer, static_cast<double>(layer.input_shape()[0]), static_cast<double>(layer.shape()[0])).value;
    }
    return sum;
}

}  // namespace

TEST_CASE("time and utilisation have the gradients that differences show, in both stages", "[u_boost]")
{
    const cost_models::Systolic device(array("smooth"), {});
    const LayerCosts &time = *device.layers("latency_ms"), &utilisation = *device.layers("utilisation");
    Rng rng{3};
    const Region operations = stage_1(tiny_space());
    const Network cells = tiny_space().network(operations);
    const HardwareLoss by_operations(cells, time, &utilisation);
    const Gates gates = softened(operations, rng);
    for (std::size_t d = 0; d < kOperations; d += 2) {
        CHECK(deviation(time_of, by_operations, gates, d) < 1e-6);
        CHECK(deviation(utilisation_of, by_operations, gates, d) < 1e-6);
    }
    const Region widths = stage_2(tiny_space(), tiny_space().parse("conv3 separable3 | conv5 identity dilated3 | zero "
                                                                   "separable5 conv3 conv3 ; 8 8 | 8 8 | 8 8 8 | 8 8 8 "
                                                                   "8 ; 8 8 | 8 8 | 8 8 8 | 8 8 8 8"));
    const Network masked = tiny_space().network(widths);
    const HardwareLoss by_widths(masked, time, &utilisation);
    const Gates soft = softened(widths, rng);
    for (const auto& [decision, gate] : soft) {
        INFO(tiny_space().decisions()[decision].name);
        const std::size_t in_cell = (decision - kOperations) % kCellWidths;
        if (in_cell == 5 || in_cell == 7)  // the identity's and the zero's
            continue;
        CHECK(deviation(time_of, by_widths, soft, decision) < 1e-5);
        CHECK(deviation(utilisation_of, by_widths, soft, decision) < 1e-5);
    }
}

TEST_CASE("an edge costs the same however likely nothing and the input are", "[u_boost]")
{
    const cost_models::Systolic device(array("smooth"), {});
    const Region operations = stage_1(small_space());
    const Network cells = small_space().network(operations);
    const HardwareLoss normalised(cells, *device.layers("latency_ms"), device.layers("utilisation")),
        expected(cells, *device.layers("latency_ms"), device.layers("utilisation"),
                 {.edge = Reduction::Edge::expected});
    Rng rng{4};
    const Gates gates = softened(operations, rng);
    Gates moved = gates;
    for (auto& [decision, gate] : moved) {  // identity and zero are the last two
        gate = gate.mul(0.3);
        gate[6] = 0.5;
        gate[7] = 1 - gate.slice(0, 0, 7).sum().item<double>();
    }
    CHECK(loss(normalised(moved)) == Approx(loss(normalised(gates))).epsilon(1e-12));
    CHECK(expected(moved).time.item<double>() < 0.9 * expected(gates).time.item<double>());
}

TEST_CASE("with gates of zeros and a one the super-network costs what the network alone does", "[u_boost]")
{
    const cost_models::Systolic device(array("hard"), {});
    const LayerCosts &time = *device.layers("latency_ms"), &utilisation = *device.layers("utilisation");
    const Region operations = stage_1(small_space());
    const Network cells = small_space().network(operations);
    const HardwareLoss of_operations(cells, time, &utilisation);
    Rng rng{5};
    int compared = 0;
    while (compared < 12) {
        const Architecture narrow = random_architecture(operations, rng), a = even(narrow, rng);
        if (!all_there(a))
            continue;
        ++compared;
        INFO(small_space().text(a));
        const auto check_equal = [&](const Hardware& super, const Architecture& one) {
            const Network network = small_space().network(Region(one));
            const Hardware alone = HardwareLoss(network, time, &utilisation)({});
            CHECK(super.time.item<double>() == Approx(alone.time.item<double>()).epsilon(1e-12));
            CHECK(super.utilisation.item<double>() == Approx(alone.utilisation.item<double>()).epsilon(1e-12));
        };
        check_equal(of_operations(one_hot(operations, narrow)), narrow);
        const Region widths = stage_2(small_space(), a);
        const Network masked = small_space().network(widths);
        const HardwareLoss of_widths(masked, time, &utilisation);
        check_equal(of_widths(one_hot(widths, a)), a);
        // with convolutions where sums widen their terms, which the super-network lacks
        Architecture uneven = random_architecture(widths, rng);
        const Network network = small_space().network(Region(uneven));
        CHECK(of_widths(one_hot(widths, uneven)).time.item<double>() ==
              Approx(HardwareLoss(network, time, &utilisation)({}).time.item<double>() - projections(network, time))
                  .epsilon(1e-12));
    }
}

TEST_CASE("stem and classifier are left out, and cells of 3x3 convolutions cost the paper's 2.13 ms", "[u_boost]")
{
    const cost_models::Systolic device(array("hard"), {});
    Architecture a{std::vector<std::uint16_t>(small_space().decisions().size(), 0)};
    for (std::size_t d = kOperations; d < a.choices.size(); ++d)
        a.choices[d] = 8;
    const Network network = small_space().network(Region(a));
    const auto cost = [&](Reduction::Utilisation utilisation) {
        return HardwareLoss(network, *device.layers("latency_ms"), device.layers("utilisation"),
                            {.utilisation = utilisation})({});
    };
    using Utilisation = Reduction::Utilisation;
    CHECK(cost(Utilisation::sum_of_parts).time.item<double>() ==
          Approx(11 * 9 * 64 * (256 + 64 + 16) / 1e6).epsilon(1e-12));
    CHECK(cost(Utilisation::sum_of_parts).utilisation.item<double>() == Approx(3).epsilon(1e-12));
    CHECK(cost(Utilisation::mean_of_parts).utilisation.item<double>() == Approx(1).epsilon(1e-12));
    CHECK(cost(Utilisation::by_time).utilisation.item<double>() == Approx(1).epsilon(1e-12));
}

TEST_CASE("without widths through sums what reads a sum costs as much as the widest would", "[u_boost]")
{
    const cost_models::Systolic device(array("hard"), {});
    const LayerCosts& time = *device.layers("latency_ms");
    Architecture a{std::vector<std::uint16_t>(small_space().decisions().size(), 0)};
    std::fill(a.choices.begin(), a.choices.begin() + kOperations, std::uint16_t{7});
    a.choices[0] = 0, a.choices[1] = 0, a.choices[7] = 0;  // t1 is a sum of p and pp, t3 is not one
    const Region widths = stage_2(small_space(), a);
    const Network masked = small_space().network(widths);
    const Gates narrow = one_hot(widths, a);  // 8 channels everywhere
    const double through = HardwareLoss(masked, time, nullptr)(narrow).time.item<double>();
    const double apart = HardwareLoss(masked, time, nullptr, {.through_sums = false})(narrow).time.item<double>();
    // t1 -> t3 has 35 input channels instead of 8: 20 tiles instead of 5
    const double unit = 64 / 1e6;
    CHECK(apart - through == Approx((20 - 5) * unit * (256 + 64 + 16)).epsilon(1e-12));
}
