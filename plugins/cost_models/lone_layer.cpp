// SPDX-License-Identifier: Apache-2.0
#include "lone_layer.hpp"

#include <string>

namespace espalier::cost_models {

Network lone_layer(const Layer& layer, double width_in, double width_out)
{
    const Shape& shape = layer.input_shape();
    std::vector<double> extents;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        extents.push_back(static_cast<double>(shape[axis]));
    extents[extents.size() == 3 ? 0 : extents.size() - 1] = width_in;
    Attributes attributes = layer.spec().attributes;
    attributes.erase("transform");
    if (attributes.count("depthwise") == 0)
        attributes["out"] = {width_out};
    Network network;
    const std::size_t input = network.add(Op::input, {}, {{"shape", extents}});
    network.add(layer.op(), {input}, std::move(attributes), layer.spec().weights);
    return network;
}

}  // namespace espalier::cost_models
