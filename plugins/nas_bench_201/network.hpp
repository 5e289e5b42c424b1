// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "espalier/architecture.hpp"
#include "espalier/network.hpp"

namespace espalier::nas_bench_201 {

/// The size of the network around the cell.
struct Skeleton {
    Shape input = {3, 32, 32};
    std::size_t classes = 10;
    std::int64_t channels = 16;  ///< C, of the first stage
    int cells = 5;               ///< N, per stage
    bool stem = true;            ///< false: the cells alone, without the stem before and the classifier behind them
    bool reductions = true;      ///< false: a single stage
};

/// All networks of the space in one: a `choice` on every edge of every cell, one decision an edge of the cell. Weights
/// are named by where they are: "stem", "<stage>.<cell>.<edge>.<1x1 or 3x3>", "reduce<stage>.{a,b,shortcut}", "head",
/// "classifier"; batch normalisations add ".bn".
Network super_network(const Skeleton&);

/// The network of one cell as the benchmark has it: with the operations on edges that do not reach the output, too. Its
/// counts are those of the benchmark's table; what the framework runs and prices is resolved(super_network()).
Network unpruned_network(const Skeleton&, const Architecture&);

}  // namespace espalier::nas_bench_201
