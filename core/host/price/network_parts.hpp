// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::host {

/// A piece of a network as a network of its own.
struct NetworkPart {
    std::string name;  ///< "stem", "block 3", "head"; "12 conv 16x32x32 [cell0.conv]"
    Network network;   ///< without layers: the block computes nothing, or a constant
};

/// A network from input to output as the blocks that its space marks (Mark::block), with what is before the first mark
/// and behind the last; every layer but inputs is in one part. Empty: nothing is marked.
std::vector<NetworkPart> block_parts(const Network&);
/// Each layer but those that read no other.
std::vector<NetworkPart> layer_parts(const Network&);

}  // namespace espalier::host
