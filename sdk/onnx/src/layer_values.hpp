// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/onnx/values.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier::onnx_sdk {

/// The part of a shared tensor that a layer uses, as sdk/torch runs it: the leading slice of each axis, of kernels the
/// centre, or, with `transform`, the centre of the next larger one times a learned matrix (docs/layers.md).
/// @throws Error without the layer's place.
Values layer_values(const Layer&, const WeightShape& own, const NamedValues&);

}  // namespace espalier::onnx_sdk
