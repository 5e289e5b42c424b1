// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "espalier/architecture.hpp"

namespace espalier::nas_bench_201 {

/// The cell of Dong and Yang, "NAS-Bench-201" (ICLR 2020): nodes 0 (input) to 3 (output), one operation on each of six
/// edges; a node is the sum of its incoming edges.
enum Operation : std::uint16_t { kNone, kSkip, kConv1x1, kConv3x3, kAveragePool };
struct Edge {
    std::size_t from, to;
};
inline constexpr std::size_t kEdges = 6, kOperations = 5, kCells = 15'625;
inline constexpr std::array<Edge, kEdges> kEdgeOrder = {{{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}}};

/// "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3".
std::span<const std::string_view, kOperations> operations();

/// Place in the nested enumeration: edge 0->1 slowest, 2->3 fastest.
std::size_t rank(const Architecture&);
Architecture cell_at(std::size_t rank);

/// "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|"
std::string text(const Architecture&);
/// @throws Error with the position (from 1) and what is allowed there.
Architecture parse(std::string_view);

/// The same number for cells that can compute the same functions, because they are equal up to renaming the weights of
/// their edges: what is nothing is dropped from sums, sums are flattened through skips, and the order of their terms is
/// ignored. One convolution used twice is not two alike, which have weights of their own. 5,260 different numbers.
std::uint64_t function_class(const Architecture&);
/// Of all cells with the same function the one with the smallest index in the benchmark.
const Architecture& representative(const Architecture&);
/// The benchmark's index of a cell, 0 to 15,624.
std::size_t benchmark_index(const Architecture&);

}  // namespace espalier::nas_bench_201
