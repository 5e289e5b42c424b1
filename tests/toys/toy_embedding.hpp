// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/ops/embedding.h>

#include "espalier/torch/network/operation.hpp"

/// Adds to `network` a layer that replaces whole numbers below `rows` by rows of a table, `width` numbers each: an
/// operation of a plug-in's own, registered here at its first use. @return its index.
inline std::size_t add_toy_embedding(espalier::Network& network, std::size_t x, double rows, double width,
                                     const std::string& weights)
{
    using namespace espalier;
    const Operation embedding{
        .name = "toy_embedding",
        .read = [](AttributeReader& read) { read.required("rows", 1), read.required("width", 1); },
        .shape =
            [](const LayerSpec& spec, std::span<const Shape> inputs) {
                return Shape{inputs[0][0], static_cast<std::int64_t>(spec.number("width", 0))};
            },
        .weights = [](const Layer& layer) -> std::vector<WeightShape> {
            const auto all = static_cast<std::int64_t>(layer.spec().number("rows", 0));
            return {{"table", {all, layer.shape()[1]}, WeightShape::Start::linear}};
        }};
    torch_sdk::register_operation(embedding, [](const torch_sdk::CustomLayer& call) {
        return at::embedding(call.weights["table"], call.inputs[0]);
    });
    return network.add_custom("toy_embedding", {x}, {}, {{"rows", {rows}}, {"width", {width}}}, weights);
}
