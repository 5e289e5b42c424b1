// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier {

/// One tensor of a layer's weights. With the layer's weight name "stem" and the name "bias" it is "stem.bias".
struct WeightShape {
    /// Its first values, and what it is. `convolution` and `linear` are [outputs, inputs, ...], drawn as sdk/torch's
    /// `Initialisation` says; `bias` belongs to the one of them before it and is drawn with it. `identity` is
    /// the matrix of a kernel transform. `mean` and `variance` are the running statistics of `batch_norm`, 0 and 1 at
    /// first, and not trained.
    enum class Start : std::uint8_t { convolution, linear, bias, zeros, ones, identity, mean, variance };
    std::string name;
    Shape shape;
    Start start = Start::zeros;
};

/// Whether it learns by gradients.
constexpr bool trained(WeightShape::Start start)
{
    return start != WeightShape::Start::mean && start != WeightShape::Start::variance;
}

/// The tensors of one layer at its own widths, those that share its weight name left aside; empty: it has none.
ESPALIER_API std::vector<WeightShape> weight_shapes(const Layer&);

/// The tensors behind one weight name.
struct NamedWeights {
    std::string name;
    std::vector<WeightShape> tensors;
};

/// Every weight name in the order of first use, each axis of its tensors as long as any of the layers needs. Where
/// layers with `transform` share a larger kernel than theirs, also the matrices "transform_7to5", [25, 25], that lead
/// to the smaller ones.
ESPALIER_API std::vector<NamedWeights> weight_shapes(const Network&);

}  // namespace espalier
