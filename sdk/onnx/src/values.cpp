// SPDX-License-Identifier: Apache-2.0
#include "espalier/onnx/values.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/rng.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier::onnx_sdk {
namespace {

Values drawn(const WeightShape& tensor, const std::string& name, std::uint64_t seed)
{
    using Start = WeightShape::Start;
    Values made{tensor.shape, std::vector<float>(static_cast<std::size_t>(tensor.shape.elements()), 0.0F)};
    switch (tensor.start) {
        case Start::convolution:
        case Start::linear: {
            Rng rng(seed, name);
            const double fan_in = static_cast<double>(tensor.shape.elements()) / static_cast<double>(tensor.shape[0]);
            const double deviation = std::sqrt(2 / fan_in);
            for (float& number : made.numbers)
                number = static_cast<float>(deviation * rng.normal());
            break;
        }
        case Start::ones:
        case Start::variance:
            std::ranges::fill(made.numbers, 1.0F);
            break;
        case Start::identity:
            for (std::size_t i = 0; i < made.numbers.size(); i += static_cast<std::size_t>(tensor.shape[1]) + 1)
                made.numbers[i] = 1;
            break;
        case Start::bias:
        case Start::zeros:
        case Start::mean:
            break;
    }
    return made;
}

}  // namespace

NamedValues initial_values(const Network& network, std::uint64_t seed)
{
    NamedValues values;
    for (const NamedWeights& named : weight_shapes(network))
        for (const WeightShape& tensor : named.tensors) {
            const std::string name = named.name + "." + tensor.name;
            values.emplace(name, drawn(tensor, name, seed));
        }
    return values;
}

}  // namespace espalier::onnx_sdk
