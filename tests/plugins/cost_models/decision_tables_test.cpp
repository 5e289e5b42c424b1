// SPDX-License-Identifier: Apache-2.0
#include "decision_tables.hpp"

#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/operation.hpp"
#include "espalier/resolve.hpp"

#include "block_parts.hpp"
#include "catch.hpp"
#include "counted.hpp"
#include "toys/quiet.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

using espalier::test::Quiet;

constexpr std::size_t kDecisions = 6, kOptions = 3;

/// A plug-in's operation, as wide as its input: channels mixed at each place.
Operation mixed()
{
    Operation operation;
    operation.name = "mixed";
    operation.macs = [](const Layer& layer) {
        return static_cast<double>(layer.shape().elements() * layer.input_shape()[0]);
    };
    operation.weights = [](const Layer& layer) {
        const std::int64_t channels = layer.shape()[0];
        return std::vector<WeightShape>{{"mix", {channels, channels}, WeightShape::Start::linear}};
    };
    return operation;
}

/// A super-network drawn at random: convolutions with and without masks, choices of kernels, of operations and of
/// depths, inverted bottlenecks, sums, gates, a plug-in's operation.
class Drawn final : public ToySpace {
public:
    /// @param brought whether a plug-in's operation is among its layers; it is no part of a block.
    explicit Drawn(std::uint64_t seed, bool brought = false) : rng_{seed}, operations_{brought ? 5U : 4U}
    {
        if (brought)
            register_operation(mixed());
        for (std::size_t d = 0; d < kDecisions; ++d)
            decisions_.push_back({std::to_string(d), {"a", "b", "c"}});
        std::size_t x = conv(super_.add(Op::input, {}, {{"shape", {4, 8, 8}}}), 8, 3);
        const std::size_t steps = 6 + rng_.below(8);
        for (std::size_t i = 0; i < steps; ++i)
            x = step(x);
        super_.add(Op::linear, {super_.add(Op::global_average, {x})}, {{"out", {5}}}, "head");
    }

private:
    std::string weights() { return "w" + std::to_string(next_++); }
    std::vector<double> decision() { return {static_cast<double>(rng_.below(kDecisions))}; }
    std::size_t conv(std::size_t x, double out, double kernel)
    {
        return super_.add(Op::conv, {x}, {{"out", {out}}, {"kernel", {kernel}}}, weights());
    }
    std::size_t depthwise(std::size_t x, double kernel, const std::string& w)
    {
        return super_.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {kernel}}}, w);
    }
    std::size_t kernels(std::size_t x)
    {
        const std::string w = weights();
        const std::vector<std::size_t> options{depthwise(x, 1, w), depthwise(x, 3, w), depthwise(x, 5, w)};
        return super_.add(Op::choice, options, {{"decision", decision()}});
    }
    std::size_t same(std::size_t x)
    {
        switch (rng_.below(operations_)) {
            case 0:
                return super_.add(Op::batch_norm, {x}, {}, weights());
            case 4:
                return super_.add_custom("mixed", {x}, {}, {}, weights());
            case 1:
                return super_.add(rng_.below(2) == 0 ? Op::relu : Op::hswish, {x});
            case 2:
                return depthwise(x, 3, weights());
            default:
                return kernels(x);
        }
    }
    /// The widths that a decision has wherever it masks.
    static std::vector<double> widths(double decision)
    {
        return decision < 3 ? std::vector<double>{4, 8, 12} : std::vector<double>{12, 4, 8};
    }
    std::size_t masked(std::size_t x, double decision)
    {
        return super_.add(Op::channel_mask, {x}, {{"decision", {decision}}, {"widths", widths(decision)}});
    }
    std::size_t gated(std::size_t x, double decision)
    {
        const std::size_t means = super_.add(Op::global_average, {x}, {{"keep", {1}}});
        const std::size_t gate = masked(conv(super_.add(Op::relu, {conv(means, 4, 1)}), 12, 1), decision);
        return super_.add(Op::multiply, {x, super_.add(Op::hsigmoid, {gate})});
    }
    /// 8 channels to 8.
    std::size_t bottleneck(std::size_t x)
    {
        const double expansion = decision()[0];
        std::size_t y = super_.add(Op::relu, {masked(conv(x, 12, 1), expansion)});
        y = super_.add(Op::hswish, {rng_.below(2) == 0 ? kernels(y) : depthwise(y, 3, weights())});
        if (rng_.below(2) == 0)
            y = gated(y, expansion);
        return super_.add(Op::batch_norm, {conv(y, 8, 1)}, {}, weights());
    }
    /// Convolutions of which one is taken, masked behind the choice, and back to 8 channels.
    std::size_t masked_choice(std::size_t x)
    {
        const std::string w = weights();
        std::vector<std::size_t> options;
        for (const double kernel : {1.0, 3.0, 5.0})
            options.push_back(super_.add(Op::conv, {x}, {{"out", {12}}, {"kernel", {kernel}}}, w));
        const std::size_t taken = super_.add(Op::choice, options, {{"decision", decision()}});
        return conv(same(masked(taken, decision()[0])), 8, rng_.below(2) == 0 ? 1 : 3);
    }
    /// 8 channels to 8.
    std::size_t step(std::size_t x)
    {
        switch (rng_.below(8)) {
            case 0:
                return same(x);
            case 1:
                return super_.add(Op::add, {x, bottleneck(x)});
            case 2: {
                const std::size_t first = bottleneck(x), second = super_.add(Op::add, {first, bottleneck(first)});
                return super_.add(Op::choice, {x, first, second}, {{"decision", decision()}});
            }
            case 3:
                return masked_choice(x);
            case 4:
                return super_.add(Op::choice, {same(x), same(same(x)), x}, {{"decision", decision()}});
            case 5: {  // whether the bottleneck has a skip is a decision
                const std::size_t y = bottleneck(x);
                return super_.add(Op::choice, {y, super_.add(Op::add, {x, y}), super_.add(Op::relu, {y})},
                                  {{"decision", decision()}});
            }
            case 6: {  // whether two 1x1 convolutions are a bottleneck is a decision
                const std::size_t y = super_.add(Op::relu, {conv(x, 8, 1)});
                const std::size_t between = super_.add(Op::relu, {y});
                const std::size_t taken =
                    super_.add(Op::choice, {between, depthwise(between, 3, weights()), y}, {{"decision", decision()}});
                return conv(super_.add(Op::hswish, {taken}), 8, 1);
            }
            default:
                return conv(x, 8, rng_.below(2) == 0 ? 1 : 3);
        }
    }

    Rng rng_;
    std::size_t operations_;  // how many keep the width
    int next_ = 0;
};

/// What a block costs if every number that tells it matters.
double price(const Block& block)
{
    double sum = 0;
    for (std::size_t f = 0; f < kFields; ++f)
        sum = 1.37 * sum + static_cast<double>(block.signature[f]);
    return sum;
}

std::vector<Part> parts_by_block(const Network& network)
{
    return block_parts(network, price);
}

double counted(Evaluator& model, const SearchSpace& space, const Architecture& a)
{
    Quiet quiet;
    const Candidate candidate(space, a);
    return model.evaluate({&candidate, 1}, quiet).at(0).metrics.begin()->second;
}

/// One after the other in an order that mixes near and far ones.
Architecture nth(std::size_t i)
{
    Architecture a;
    std::size_t rest = i * 400 % 729;  // 400 and 729 = 3^6 have no common factor
    for (std::size_t d = 0; d < kDecisions; ++d, rest /= kOptions)
        a.choices.push_back(static_cast<std::uint16_t>(rest % kOptions));
    return a;
}

}  // namespace

TEST_CASE("tables give what networks give, for every architecture of random super-networks", "[decision_tables]")
{
    std::size_t built = 0, asked = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        const Drawn space(seed);
        REQUIRE(Dependence::of(space.network(Region(space.decisions())), kDecisions));
        Setup setup;
        setup.space = &space;
        Macs macs_model({}, setup);
        Params params_model({}, setup);
        DecisionTables latency(space, parts_by_block, by_block);
        for (std::size_t i = 0; i < 729; ++i) {
            const Architecture a = nth(i);
            const Network network = space.network(Region(a));
            REQUIRE(counted(macs_model, space, a) == macs(network));
            REQUIRE(counted(params_model, space, a) == params(network));
            double sum = 0;
            for (const Part& part : parts_by_block(network))
                sum += part.value;
            REQUIRE(latency(a) == Approx(sum).epsilon(1e-12));
        }
        asked += 729;
        built += latency.networks_built();
    }
    CHECK(built < asked / 2);  // else nothing is gained, and little was tried
}

TEST_CASE("tables count what plug-ins' operations count", "[decision_tables]")
{
    for (std::uint64_t seed = 41; seed <= 60; ++seed) {
        CAPTURE(seed);
        const Drawn space(seed, true);
        Setup setup;
        setup.space = &space;
        Macs macs_model({}, setup);
        Params params_model({}, setup);
        for (std::size_t i = 0; i < 729; i += 9) {
            const Architecture a = nth(i);
            const Network network = space.network(Region(a));
            REQUIRE(counted(macs_model, space, a) == macs(network));
            REQUIRE(counted(params_model, space, a) == params(network));
        }
    }
}

TEST_CASE("layers depend on what is near them only", "[decision_tables]")
{
    Network n;
    const auto conv = [&n](std::size_t x, double out, const char* w) {
        return n.add(Op::conv, {x}, {{"out", {out}}}, w);
    };
    const std::size_t stem = conv(n.add(Op::input, {}, {{"shape", {3, 8, 8}}}), 8, "stem");
    const std::size_t wide = conv(stem, 8, "wide");
    const std::size_t mask = n.add(Op::channel_mask, {wide}, {{"decision", {0}}, {"widths", {4, 8}}});
    const std::size_t back = conv(mask, 8, "back");
    const std::size_t taken = n.add(Op::choice, {stem, back}, {{"decision", {1}}});
    const std::size_t last = conv(taken, 8, "last");
    const auto dependence = Dependence::of(n, 3);
    REQUIRE(dependence);
    const auto decisions = [](const DecisionSet& set) {
        std::vector<std::size_t> all;
        set.each([&all](std::size_t d) { all.push_back(d); });
        return all;
    };
    CHECK(decisions(dependence->presence(stem)).empty());
    CHECK(decisions(dependence->presence(wide)) == std::vector<std::size_t>{1});
    CHECK(decisions(dependence->presence(last)).empty());
    CHECK(decisions(dependence->view(wide)) == std::vector<std::size_t>{0, 1});
    CHECK(decisions(dependence->view(back)) == std::vector<std::size_t>{0, 1});
    CHECK(decisions(dependence->view(last)) == std::vector<std::size_t>{1});
}

TEST_CASE("where the argument does not hold networks are built", "[decision_tables]")
{
    SECTION("nothing")
    {
        Network n;
        const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
        n.add(Op::choice, {n.add(Op::zero, {x}), x}, {{"decision", {0}}});
        CHECK_FALSE(Dependence::of(n, 1));
    }
    SECTION("a mask that would be a slice")
    {
        Network n;
        const std::size_t x = n.add(Op::conv, {n.add(Op::input, {}, {{"shape", {3, 8, 8}}})}, {{"out", {8}}}, "a");
        const std::size_t cut = n.add(Op::channel_mask, {x}, {{"decision", {0}}, {"widths", {4, 8}}});
        n.add(Op::concat, {x, cut});
        CHECK_FALSE(Dependence::of(n, 1));
    }
}
