// SPDX-License-Identifier: Apache-2.0
#include "espalier/onnx/export.hpp"

#include <set>

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "espalier/error.hpp"
#include "espalier/weight_shapes.hpp"

#include "catch.hpp"
#include "networks.hpp"

using namespace espalier;
using namespace espalier::onnx_sdk;

namespace {

/// As ONNX's own checker takes it, all shapes inferred.
onnx::ModelProto checked(const std::string& bytes)
{
    onnx::ModelProto model;
    REQUIRE(model.ParseFromString(bytes));
    onnx::checker::check_model(model);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, true});
    return model;
}

std::string written(const Network& network, const ExportOptions& options = {})
{
    return onnx_model(network, initial_values(network, 1), options);
}

std::vector<std::int64_t> extents(const onnx::ValueInfoProto& value)
{
    std::vector<std::int64_t> all;
    for (const auto& extent : value.type().tensor_type().shape().dim())
        all.push_back(extent.has_dim_value() ? extent.dim_value() : -1);
    return all;
}

Network classifier()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    x = n.add(Op::relu, {n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "stem")});
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "head");
    return n;
}

}  // namespace

TEST_CASE("every operation is written as ONNX's own checker wants it", "[onnx]")
{
    std::set<Op> seen;
    for (const auto& [name, network] : networks_of_each_operation()) {
        INFO(name);
        for (const std::int64_t batch : {2, 0}) {
            const onnx::ModelProto model = checked(written(network, {.batch = batch, .inputs = {}}));
            const onnx::ValueInfoProto& output = model.graph().output(0);
            const Shape& shape = network.output().shape();
            std::vector<std::int64_t> expected(shape.begin(), shape.end());
            expected.insert(expected.begin(), batch > 0 ? batch : -1);
            CHECK(output.name() == "output");
            CHECK(extents(output) == expected);
        }
        for (const Layer layer : network)
            seen.insert(layer.op());
    }
    for (int op = 0; op <= static_cast<int>(Op::channel_mask); ++op)
        if (static_cast<Op>(op) < Op::custom) {
            INFO(name(static_cast<Op>(op)));
            CHECK(seen.contains(static_cast<Op>(op)));
        }
}

TEST_CASE("what ONNX has not is one error that names the layer", "[onnx]")
{
    const auto refused = [](Op op, std::size_t inputs, Attributes attributes, const std::string& sentence) {
        Network n;
        const std::size_t x = n.add(Op::input, {}, {{"shape", {4}}});
        n.add(Op::relu, {n.add(op, std::vector<std::size_t>(inputs, x), std::move(attributes))});
        CHECK_THROWS_WITH(written(n), sentence);
    };
    const std::string open =
        ": stands for what is not decided yet, which ONNX has not: only the network of one architecture can be written";
    refused(Op::choice, 2, {{"decision", {0}}}, "layer 1 (choice)" + open);
    refused(Op::channel_mask, 1, {{"decision", {0}}, {"widths", {2, 4}}}, "layer 1 (channel_mask)" + open);
    refused(Op::zero, 1, {}, "layer 1 (zero)" + open);
    refused(Op::otherwise, 2, {}, "layer 1 (otherwise)" + open);
    Network n;
    n.add_custom("warp", {n.add(Op::input, {}, {{"shape", {4}}})}, {4});
    CHECK_THROWS_WITH(written(n), "layer 1 (warp): is an operation of a plug-in's own, which ONNX has not");
    Network wide;
    wide.add(Op::add, {wide.add(Op::input, {}, {{"shape", {4}}}), wide.add(Op::input, {}, {{"shape", {6}}})},
             {{"project", {1}}});
    CHECK_THROWS_WITH(written(wide), ContainsSubstring("layer 2 (add): projects its inputs"));
}

TEST_CASE("weights that are missing are told by name", "[onnx]")
{
    CHECK_THROWS_WITH(onnx_model(classifier(), {}),
                      "layer 1 (conv): its tensor 'stem.weight' is not among the weights");
    NamedValues values = initial_values(classifier(), 1);
    values["stem.weight"] = {{4, 2, 3, 3}, std::vector<float>(72)};
    CHECK_THROWS_WITH(onnx_model(classifier(), values),
                      "layer 1 (conv): needs more weights, 4x3x3x3, than there are, 4x2x3x3");
    Network nameless;
    nameless.add(Op::linear, {nameless.add(Op::input, {}, {{"shape", {4}}})}, {{"out", {2}}});
    CHECK_THROWS_WITH(written(nameless), "layer 1 (linear): has no name for its weights");
    CHECK_THROWS_WITH(written(Network{}), ContainsSubstring("without layers"));
    Network constant;
    constant.add(Op::zeros, {}, {{"shape", {4}}});
    CHECK_THROWS_WITH(written(constant), ContainsSubstring("layer 0 (zeros)") && ContainsSubstring("no input"));
}

TEST_CASE("inputs have their names, and the batch its size", "[onnx]")
{
    const auto inputs = [](const Network& network, const ExportOptions& options) {
        std::vector<std::string> names;
        const onnx::ModelProto model = checked(written(network, options));
        for (const auto& input : model.graph().input())
            names.push_back(input.name());
        return names;
    };
    Network two;
    two.add(Op::add, {two.add(Op::input, {}, {{"shape", {4}}}), two.add(Op::input, {}, {{"shape", {4}}})});
    CHECK(inputs(classifier(), {}) == std::vector<std::string>{"input"});
    CHECK(inputs(two, {}) == std::vector<std::string>{"input_0", "input_1"});
    CHECK(inputs(two, {.inputs = {"user", "item"}}) == std::vector<std::string>{"user", "item"});
    CHECK_THROWS_WITH(inputs(two, {.inputs = {"user"}}), ContainsSubstring("2 inputs, but 1 names"));
    const onnx::ModelProto model = checked(written(classifier(), {.name = "a|b", .batch = 0, .inputs = {}}));
    CHECK(model.graph().name() == "a|b");
    CHECK(model.graph().input(0).type().tensor_type().shape().dim(0).dim_param() == "batch");
    CHECK(model.opset_import(0).version() == 17);
    CHECK(model.ir_version() == 8);
}

TEST_CASE("random weights depend on seed and name, and keep numbers in range", "[onnx]")
{
    CHECK(written(classifier()) == written(classifier()));
    CHECK(onnx_model(classifier(), initial_values(classifier(), 2)) != written(classifier()));
    Network n;
    n.add(Op::linear, {n.add(Op::input, {}, {{"shape", {100}}})}, {{"out", {200}}}, "l");
    const NamedValues values = initial_values(n, 3);
    double squares = 0;
    for (const float number : values.at("l.weight").numbers)
        squares += static_cast<double>(number) * static_cast<double>(number);
    CHECK(squares / 20'000 == Approx(0.02).epsilon(0.05));
    CHECK(values.at("l.bias").numbers == std::vector<float>(200, 0));
}

TEST_CASE("layers that share a whole tensor share it in the file", "[onnx]")
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {4}}});
    x = n.add(Op::linear, {x}, {{"out", {4}}}, "l");
    n.add(Op::linear, {x}, {{"out", {4}}}, "l");
    const onnx::ModelProto model = checked(written(n));
    REQUIRE(model.graph().initializer_size() == 2);
    CHECK(model.graph().initializer(0).name() == "l.bias");
    CHECK(model.graph().initializer(1).name() == "l.weight");
}
