// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "graph_writer.hpp"

namespace espalier::onnx_sdk {

/// Writes the layer at which the writer is. @throws Error, a sentence without the layer's place, for an operation that
/// ONNX has not.
void write_layer(GraphWriter&);

}  // namespace espalier::onnx_sdk
