// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/network.hpp"

namespace espalier::indicators {
using at::Tensor;

/// What an indicator says of a network that it is not defined for, or that ignores its input.
inline constexpr double kLeast = -std::numeric_limits<double>::infinity();

/// Values of some layers, kept while a network runs.
class FeatureMaps {
public:
    /// @param layers whose outputs are kept.
    explicit FeatureMaps(const std::vector<std::size_t>& layers);

    /// For ForwardOptions::observe; this object must outlive it.
    std::function<void(const Layer&, const Tensor& input, const Tensor& output)> watch();
    /// The output of one of the layers. Undefined if the layer was not run.
    const Tensor& operator[](std::size_t layer) const { return values_.at(layer); }

private:
    std::unordered_map<std::size_t, Tensor> values_;
};

/// [rows, channels]: every position of every sample is a row. @param x [samples, channels, height, width], [samples,
/// tokens, width] or [samples, features].
Tensor by_channel(const Tensor& x);

/// The block that a layer is in: how many of the ascending block ends `ends` (the first one is where the blocks begin)
/// are at or before its input. -1: before the blocks; the number of blocks: behind them.
std::int64_t block_of(const std::vector<std::size_t>& ends, const Layer&);

}  // namespace espalier::indicators
