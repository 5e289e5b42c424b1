// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/network.hpp"
#include "espalier/onnx/values.hpp"

namespace espalier::onnx_sdk {

/// What is written: docs/onnx.md.
inline constexpr int kOperatorSet = 17, kIrVersion = 8;

struct ExportOptions {
    std::string name = "network";     ///< of the graph
    std::int64_t batch = 1;           ///< examples at a time; 0: as many as are given when the network runs
    std::vector<std::string> inputs;  ///< names in the order of the `input` layers; empty: "input", or "input_0", ...
};

/// The bytes of an ONNX file: the network in evaluation mode, in 32-bit floats. Its output is named "output".
/// @param values may hold larger tensors than the layers need, as those of a super-network: leading slices, centres of
/// kernels and kernel transforms are carried out.
/// @throws Error naming the layer if ONNX has no such operation (decisions that are open, custom layers) or its weights
/// are not among the values; Error also for networks of 2 GiB and more.
std::string onnx_model(const Network&, const NamedValues& values, const ExportOptions& = {});

}  // namespace espalier::onnx_sdk
