// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/torch/network/forward.hpp"

namespace espalier::u_boost {
using at::Tensor;

/// What the device makes of a super-network with soft gates: T, the sum over its parts' blocks of the time, and U,
/// their utilisation (U-Boost NAS, equation 8). Scalars in double on the CPU, differentiable by the gates.
struct Hardware {
    Tensor time, utilisation;
};

/// How the costs of operations and blocks become one. The defaults are those of the authors' code.
struct Reduction {
    /// An open edge costs the mean of its operations that take time, weighed by their gates: what is removed, or handed
    /// on, is decided by accuracy alone. `expected`: the sum of gates times costs, with a utilisation of 1 for what
    /// takes no time.
    enum class Edge : std::uint8_t { normalised, expected } edge = Edge::normalised;
    /// The sum over the parts (cells) of the mean over their blocks that take time; the mean over the parts; or one
    /// mean over all blocks weighed by their times.
    enum class Utilisation : std::uint8_t {
        sum_of_parts,
        mean_of_parts,
        by_time
    } utilisation = Utilisation::sum_of_parts;
    bool through_sums = true;  ///< whether widths are expected through sums, or those of the super-network there
};

/// The blocks of a super-network: its open edges, and its layers that are on
/// none, a depthwise and a pointwise convolution in one. Parts end where the space marks
/// cells, or else blocks; what is before the first and behind the last of those, stem and classifier, is left out.
/// Without marks the whole network is one part.
class HardwareLoss {
public:
    /// @param utilisation null: U is 0. All are lent.
    HardwareLoss(const Network& super, const LayerCosts& time, const LayerCosts* utilisation, const Reduction& = {});
    Hardware operator()(const torch_sdk::Gates&) const;
    /// Whether an option of an edge's decision takes time, at the widths of the super-network.
    bool takes_time(std::size_t decision, std::size_t option) const;

private:
    struct Option {
        std::size_t option;
        std::vector<std::size_t> layers;  // of the super-network
    };
    struct Block {
        std::size_t part;
        std::optional<std::size_t> decision;  // of an edge
        std::vector<Option> options;          // of another: one, its layer
    };
    struct Cost {
        Tensor time, utilisation;
    };
    Cost cost(const Option&, const std::vector<Tensor>& widths) const;
    Cost cost(const Block&, const torch_sdk::Gates&, const std::vector<Tensor>& widths) const;

    const Network& super_;
    const LayerCosts& time_;
    const LayerCosts* utilisation_;
    Reduction reduction_;
    std::vector<Block> blocks_;
    std::size_t parts_;
};

}  // namespace espalier::u_boost
