// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "espalier/network.hpp"
#include "espalier/sdk/image_task.hpp"

#include "cell.hpp"

namespace espalier::u_boost_cell {

/// The sizes of a space's networks.
struct Skeleton {
    ImageTask task;
    std::int64_t stem = 128;
    std::vector<bool> pooled;  ///< of each cell: whether a 2x2 pooling follows
    std::vector<Operation> operations;
    std::vector<std::int64_t> widths;  ///< ascending
};

/// Widths of a cell: those of p and pp, then one an edge.
inline constexpr std::size_t kCellWidths = kInputs + kEdges.size();

/// All networks of a space: the first decisions are the operations of the edges, the same in all cells, then come the
/// widths of each cell. Operations have weights of their own, "cell<c>.<from>-<to>.<operation>", all of an edge share
/// its width. The other weights: "stem", "cell<c>.{p,pp}", "cell<c>.{t1,t2,t3}.<i>" where sums widen an input,
/// "classifier"; batch normalisations add ".bn".
Network super_network(const Skeleton&);

}  // namespace espalier::u_boost_cell
