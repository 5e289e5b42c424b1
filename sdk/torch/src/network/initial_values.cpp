// SPDX-License-Identifier: Apache-2.0
#include "initial_values.hpp"

#include <cmath>
#include <string>

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/generator.hpp"

namespace espalier::torch_sdk {
namespace {

at::IntArrayRef extents(const Shape& shape)
{
    return {shape.begin(), shape.size()};
}

/// The connections of one output (in) and of one input (out), as LibTorch counts them: [out, in / groups, kernel...].
double fan_in(const Shape& weight)
{
    return static_cast<double>(weight.elements()) / static_cast<double>(weight[0]);
}

double fan_out(const Shape& weight)
{
    return static_cast<double>(weight.elements()) / static_cast<double>(weight[1]);
}

LayerWeights normalisation(const WeightShapes& shapes, at::ScalarType dtype)
{
    return {at::ones(extents(shapes.weight), dtype), at::zeros(extents(shapes.bias), dtype)};
}

}  // namespace

LayerWeights initial_values(const WeightShapes& shapes, const Initialisation& initialisation, std::uint64_t seed,
                            std::string_view name, at::ScalarType dtype)
{
    using Kind = Initialisation::Kind;
    if (shapes.kind == WeightShapes::Kind::none)
        return {};
    if (shapes.kind == WeightShapes::Kind::normalisation)
        return normalisation(shapes, dtype);

    const bool convolution = shapes.kind == WeightShapes::Kind::convolution;
    const Kind kind = convolution ? initialisation.convolution : initialisation.linear;
    at::Generator random = generator(seed, name);
    const double bound = 1 / std::sqrt(fan_in(shapes.weight));
    LayerWeights made;
    made.weight = at::empty(extents(shapes.weight), dtype);
    if (kind == Kind::uniform)
        made.weight.uniform_(-bound, bound, random);
    else
        made.weight.normal_(
            0, std::sqrt(2 / (kind == Kind::kaiming_fan_in ? fan_in(shapes.weight) : fan_out(shapes.weight))), random);
    if (convolution)  // drawn in one order, so that the layout does not change the values
        made.weight = made.weight.contiguous(at::MemoryFormat::ChannelsLast);
    if (shapes.bias.size() > 0) {
        made.bias = at::zeros(extents(shapes.bias), dtype);
        if (kind == Kind::uniform)
            made.bias.uniform_(-bound, bound, random);
    }
    return made;
}

}  // namespace espalier::torch_sdk
