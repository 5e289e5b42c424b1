// SPDX-License-Identifier: Apache-2.0
#include "weight_shapes.hpp"

#include "espalier/weight_shapes.hpp"

namespace espalier::torch_sdk {

WeightShapes weight_shapes(const Layer& layer)
{
    using Kind = WeightShapes::Kind;
    WeightShapes shapes;
    for (const WeightShape& tensor : espalier::weight_shapes(layer)) {
        if (tensor.start == WeightShape::Start::convolution || tensor.start == WeightShape::Start::linear)
            shapes.kind = tensor.start == WeightShape::Start::linear ? Kind::linear : Kind::convolution;
        else if (shapes.kind == Kind::none)
            shapes.kind = Kind::normalisation;
        (!tensor.trained ? shapes.statistics : tensor.name == "weight" ? shapes.weight : shapes.bias) = tensor.shape;
    }
    return shapes;
}

}  // namespace espalier::torch_sdk
