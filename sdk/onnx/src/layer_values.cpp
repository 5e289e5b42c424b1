// SPDX-License-Identifier: Apache-2.0
#include "layer_values.hpp"

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier::onnx_sdk {
namespace {

const Values& named(const NamedValues& values, const std::string& name)
{
    const auto found = values.find(name);
    if (found == values.end())
        throw Error(fmt::format("its tensor '{}' is not among the weights", name));
    return found->second;
}

/// `to`, the leading slice of each axis, of the last two axes of a kernel the centre.
Values part(const Values& whole, const Shape& to, bool kernel)
{
    Shape offset = to;
    for (std::size_t axis = 0; axis < to.size(); ++axis) {
        const std::int64_t surplus = axis < whole.shape.size() ? whole.shape[axis] - to[axis] : -1;
        if (surplus < 0)
            throw Error(
                fmt::format("needs more weights, {}, than there are, {}", to_string(to), to_string(whole.shape)));
        offset[axis] = kernel && axis >= 2 ? surplus / 2 : 0;
    }
    if (whole.shape == to)
        return whole;
    Values cut{to, std::vector<float>(static_cast<std::size_t>(to.elements()))};
    for (std::int64_t i = 0; i < to.elements(); ++i) {
        std::int64_t from = 0, rest = i, stride = 1;
        for (std::size_t axis = to.size(); axis-- > 0; rest /= to[axis], stride *= whole.shape[axis])
            from += (offset[axis] + rest % to[axis]) * stride;
        cut.numbers[static_cast<std::size_t>(i)] = whole.numbers[static_cast<std::size_t>(from)];
    }
    return cut;
}

/// Each channel's kernel as one vector w becomes w M^T.
void multiply(Values& kernels, const Values& matrix)
{
    const auto length = static_cast<std::size_t>(kernels.shape[2] * kernels.shape[3]);
    std::vector<float> before(length);
    for (std::size_t begin = 0; begin < kernels.numbers.size(); begin += length) {
        std::copy_n(kernels.numbers.data() + begin, length, before.data());
        for (std::size_t row = 0; row < length; ++row) {
            double sum = 0;
            for (std::size_t k = 0; k < length; ++k)
                sum += static_cast<double>(matrix.numbers[row * length + k]) * static_cast<double>(before[k]);
            kernels.numbers[begin + row] = static_cast<float>(sum);
        }
    }
}

}  // namespace

Values layer_values(const Layer& layer, const WeightShape& own, const NamedValues& values)
{
    const LayerSpec& spec = layer.spec();
    if (spec.weights.empty())
        throw Error("has no name for its weights");
    const Values& whole = named(values, spec.weights + "." + own.name);
    if (own.start != WeightShape::Start::convolution)
        return part(whole, own.shape, false);
    Values kernel = whole;
    if (const auto sizes = spec.attributes.find("transform"); sizes != spec.attributes.end())
        for (auto size = sizes->second.rbegin(); size != sizes->second.rend(); ++size) {
            const std::int64_t from = kernel.shape[2];
            const auto to = static_cast<std::int64_t>(*size);
            if (to >= from || to < own.shape[2])
                continue;
            Shape smaller = own.shape;
            smaller[2] = smaller[3] = to;
            kernel = part(kernel, smaller, true);
            multiply(kernel, named(values, fmt::format("{}.transform_{}to{}", spec.weights, from, to)));
        }
    return part(kernel, own.shape, true);
}

}  // namespace espalier::onnx_sdk
