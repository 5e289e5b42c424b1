// SPDX-License-Identifier: Apache-2.0
// A plug-in with an operation of its own, and a space whose networks have it: docs/adding_an_operation.md shows it.
#include <cmath>

#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

#include "espalier/error.hpp"
#include "espalier/plugin.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/operation.hpp"

namespace espalier::attention {
namespace {

using torch_sdk::Tensor;

Shape attended_shape(const LayerSpec& spec, std::span<const Shape> inputs)
{
    const Shape& x = inputs[0];
    if (x.size() != 2 || x[1] % static_cast<std::int64_t>(spec.number("heads", 1)) != 0)
        throw Error("needs tokens x width, the width a multiple of its heads, gets " + to_string(x));
    return x;
}

double attention_macs(const Layer& layer)
{
    const auto tokens = static_cast<double>(layer.shape()[0]), width = static_cast<double>(layer.shape()[1]);
    return 4 * tokens * width * width + 2 * tokens * tokens * width;
}

std::vector<WeightShape> attention_weights(const Layer& layer)
{
    using Start = WeightShape::Start;
    const std::int64_t width = layer.shape()[1];
    return {{"query", {width, width}, Start::linear},
            {"key", {width, width}, Start::linear},
            {"value", {width, width}, Start::linear},
            {"out", {width, width}, Start::linear},
            {"out_bias", {width}, Start::bias}};
}

/// [examples, tokens, width]
Tensor attended(const torch_sdk::CustomLayer& call)
{
    const Tensor& x = call.inputs[0];
    const auto heads = static_cast<std::int64_t>(call.layer.spec().number("heads", 1));
    const std::int64_t of_head = x.size(2) / heads;
    const auto projected = [&](const char* name) {  // [examples, heads, tokens, of_head]
        return at::linear(x, call.weights[name]).reshape({x.size(0), x.size(1), heads, of_head}).transpose(1, 2);
    };
    const Tensor scores = at::matmul(projected("query"), projected("key").transpose(2, 3));
    const Tensor mixed = at::matmul(scores.div(std::sqrt(of_head)).softmax(-1), projected("value"));
    return at::linear(mixed.transpose(1, 2).reshape(x.sizes()), call.weights["out"], call.weights["out_bias"]);
}

const Operation kAttention{.name = "attention",
                           .read = [](AttributeReader& read) { read.whole("heads", 1, 1); },
                           .shape = attended_shape,
                           .macs = attention_macs,
                           .weights = attention_weights};

/// One or two heads over a width of 4 or 8, on 5 tokens of 3 numbers.
class Attended final : public SearchSpace {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Attended(const Options&, const Setup&)
    {
        std::size_t x = super_.add(Op::input, {}, {{"shape", {5, 3}}});
        x = super_.add(Op::linear, {x}, {{"out", {8}}}, "embed");
        x = super_.add(Op::channel_mask, {x}, {{"decision", {0}}, {"widths", {4, 8}}});
        const std::size_t one = super_.add_custom("attention", {x}, {}, {}, "attention");
        const std::size_t two = super_.add_custom("attention", {x}, {}, {{"heads", {2}}}, "attention");
        x = super_.add(Op::choice, {one, two}, {{"decision", {1}}});
        super_.add(Op::linear, {super_.add(Op::global_average, {x})}, {{"out", {3}}}, "classifier");
    }
    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override { return resolved(super_, region); }

private:
    const std::vector<Decision> decisions_{{"width", {"4", "8"}, true}, {"heads", {"1", "2"}, true}};
    Network super_;
};

void register_components(Registry& registry)
{
    torch_sdk::register_operation(kAttention, attended);
    registry.add<Attended>("attended", "attention of one or two heads");
}

}  // namespace
}  // namespace espalier::attention

ESPALIER_PLUGIN("attention", "0.1.0", espalier::attention::register_components)
