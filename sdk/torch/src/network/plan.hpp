// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gating.hpp"

namespace espalier::torch_sdk {

/// Which layers a pass computes, and for which examples. Known before anything is computed: who has something and who
/// needs it depends on the network and its gates only.
struct Plan {
    std::vector<Rows> present;          ///< by layer: the examples for which it is not nothing
    std::vector<Rows> rows;             ///< by layer: the examples for which it is computed
    std::vector<std::size_t> last_use;  ///< by layer: the last one computed that reads it
};

/// @throws Error naming the first layer whose decision has no gate that fits.
Plan plan(const Network&, const OpenGates&, std::int64_t batch, GateExecution);

/// @throws Error naming the layer, if its decision has no gate.
const Gate& gate_of(const Layer&, const OpenGates&);
/// "layer 3 (conv) 'stem'", the beginning of messages.
std::string layer_place(const Layer&);

}  // namespace espalier::torch_sdk
