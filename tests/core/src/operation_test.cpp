// SPDX-License-Identifier: Apache-2.0
#include "espalier/operation.hpp"

#include <atomic>
#include <thread>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "network_parts.hpp"

namespace espalier {
namespace {

using namespace testing;

/// {tokens, width} attending to itself, or to a second input of the same width.
Operation attention()
{
    Operation operation;
    operation.name = "attention";
    operation.most_inputs = 2;
    operation.read = [](AttributeReader& read) { read.whole("heads", 1, 1), read.flag("causal", false); };
    operation.shape = [](const LayerSpec& spec, std::span<const Shape> inputs) {
        if (inputs[0].size() != 2 || inputs.back().size() != 2 || inputs[0][1] != inputs.back()[1])
            throw Error("needs tokens x width, gets " + to_string(inputs[0]));
        if (inputs[0][1] % static_cast<std::int64_t>(spec.number("heads", 1)) != 0)
            throw Error("its heads do not divide the width of " + to_string(inputs[0]));
        return inputs[0];
    };
    operation.macs = [](const Layer& layer) {
        const double tokens = static_cast<double>(layer.shape()[0]), width = static_cast<double>(layer.shape()[1]);
        return 4 * tokens * width * width + 2 * tokens * tokens * width;
    };
    operation.weights = [](const Layer& layer) {
        const std::int64_t width = layer.shape()[1];
        return std::vector<WeightShape>{{"qkv", {3 * width, width}, WeightShape::Start::linear},
                                        {"out", {width, width}, WeightShape::Start::linear},
                                        {"out_bias", {width}, WeightShape::Start::bias}};
    };
    return operation;
}

/// Like an activation.
Operation mirror()
{
    Operation operation;
    operation.name = "mirror";
    operation.channelwise = true;
    return operation;
}

std::size_t tokens(Network& n, double width = 8)
{
    return n.add(Op::input, {}, {{"shape", {5, width}}});
}

}  // namespace

TEST_CASE("a registered operation is checked, inferred and counted", "[operation]")
{
    register_operation(attention());
    Network n;
    const std::size_t x = tokens(n);
    const Layer layer = n[n.add_custom("attention", {x}, {}, {{"heads", {2}}, {"causal", {0}}}, "a")];
    CHECK(to_string(n) == "0 input() 5x8\n1 attention(0) 5x8 heads=2 [a]\n");
    CHECK(macs(layer) == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8);
    CHECK(params(layer) == 4 * 8 * 8 + 8);
    REQUIRE(weight_shapes(layer).size() == 3);
    CHECK(weight_shapes(layer)[0].shape == Shape{24, 8});
    n.add_custom("attention", {x, x}, {5, 8}, {}, "a");
    CHECK(params(n) == 4 * 8 * 8 + 8);
    CHECK(weight_shapes(n).size() == 1);
    const auto refused = [&](std::vector<std::size_t> inputs, Shape shape, Attributes attributes,
                             const std::string& message) {
        CHECK_THROWS_WITH(n.add_custom("attention", std::move(inputs), shape, std::move(attributes)), message);
    };
    refused({x}, {5, 9}, {}, "layer 3 (attention): makes 5x8 of its inputs, not 5x9");
    refused({x}, {}, {{"heads", {3}}}, "layer 3 (attention): its heads do not divide the width of 5x8");
    refused({x}, {}, {{"heads", {0}}}, "layer 3 (attention): attribute 'heads' is 0, allowed are whole numbers from 1");
    refused({x}, {}, {{"haeds", {2}}},
            "layer 3 (attention): unknown attribute 'haeds'; did you mean 'heads'?; allowed: heads, causal");
    refused({x, x, x}, {}, {}, "layer 3 (attention): has 3 inputs, needed are at most 2");
    refused({}, {}, {}, "layer 3 (attention): has 0 inputs, needed is at least 1");
    CHECK(n.size() == 3);
}

TEST_CASE("a registered operation follows narrower inputs when it is resolved", "[operation]")
{
    register_operation(attention());
    register_operation(mirror());
    Network n;
    std::size_t x = n.add(Op::linear, {tokens(n)}, {{"out", {8}}}, "l");
    x = mask(n, n.add_custom("mirror", {x}, {}), 0, {4, 8});
    n.add_custom("attention", {x}, {}, {{"heads", {2}}}, "a");
    CHECK(channelwise(n[2]));
    const Network narrow = resolved(n, only({0}));
    CHECK(to_string(narrow) ==
          "0 input() 5x8\n1 linear(0) 5x4 out=8 [l]\n2 mirror(1) 5x4\n3 attention(2) 5x4 heads=2 [a]\n");
    CHECK(params(narrow.output()) == 4 * 4 * 4 + 4);
    CHECK(to_string(parse_network(to_json(narrow))) == to_string(narrow));
    CHECK(to_string(parse_network(to_json(n))) == to_string(n));
    std::string wrong = to_json(n);
    wrong.replace(wrong.rfind("[5,8]"), 5, "[5,7]");
    CHECK_THROWS_WITH(parse_network(wrong), ContainsSubstring("layer 4 (attention): makes 5x8 of its inputs, not 5x7"));
}

TEST_CASE("weights go to operations that have them, and are shared with their own kind", "[operation]")
{
    register_operation(attention());
    register_operation(mirror());
    Network n;
    const std::size_t x = tokens(n);
    CHECK_THROWS_WITH(n.add_custom("mirror", {x}, {}, {}, "m"),
                      "layer 1 (mirror): has no weights, but is given the name 'm' for them");
    CHECK_THROWS_WITH(n.add_custom("mirror", {x}, {}, {{"any", {1}}}),
                      "layer 1 (mirror): unknown attribute 'any'; it has none");
    n.add_custom("attention", {x}, {}, {}, "a");
    CHECK_THROWS_WITH(n.add_custom("warp", {x}, {5, 8}, {}, "a"),
                      ContainsSubstring("layer 2 (warp): the weights 'a' belong to a attention"));
}

TEST_CASE("an operation that nobody registered is as the caller says", "[operation]")
{
    Network n;
    const Layer layer = n[n.add_custom("warp", {tokens(n)}, {3}, {{"macs", {12}}, {"params", {34}}, {"x", {0.5}}})];
    CHECK(layer.shape() == Shape{3});
    CHECK(macs(layer) == 12);
    CHECK(params(layer) == 34);
    CHECK(weight_shapes(layer).empty());
    CHECK_FALSE(channelwise(layer));
}

TEST_CASE("a name is taken once", "[operation]")
{
    register_operation(attention());
    CHECK_NOTHROW(register_operation(attention()));  // the same again
    Operation other = attention();
    other.macs = nullptr;
    CHECK_THROWS_WITH(register_operation(other),
                      "the operation 'attention' is registered by another plug-in; choose another name");
    other.name = "conv";
    CHECK_THROWS_WITH(register_operation(other), "the operation 'conv' is one of core; choose another name");
    CHECK_THROWS_WITH(register_operation({}), "an operation needs a name");
}

TEST_CASE("operations are registered and used from several threads", "[operation]")
{
    std::atomic<int> made = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&made, t] {
            for (int i = 0; i < 50; ++i) {
                Operation operation = mirror();
                operation.name = "mirror" + std::to_string(i);
                register_operation(operation);
                Network n;
                n.add_custom(operation.name, {tokens(n, 1.0 + t)}, {});
                made += n.output().shape() == Shape{5, 1 + t} ? 1 : 0;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(made == 200);
}

}  // namespace espalier
