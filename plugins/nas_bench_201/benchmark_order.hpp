// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace espalier::nas_bench_201 {

/// The benchmark's index of each cell, by its rank in the nested enumeration (edge 0->1 slowest, options in the order
/// of `operations()`). The benchmark's authors shuffled that enumeration with Python's `random.seed(88);
/// random.shuffle(...)`; this does the same with the same generator.
std::vector<std::uint16_t> benchmark_order();

}  // namespace espalier::nas_bench_201
