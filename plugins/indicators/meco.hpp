// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// M: how independent the channels of one image's feature maps are (MeCo, "Zero-Shot NAS with One Data and Single
/// Forward Pass via Minimum Eigenvalue of Correlation", NeurIPS 2023).
///
/// The sum over the recorded maps of the smallest eigenvalue of the correlations between their channels.
///
/// Deviation: each map counts once. The authors' code hooks every module, wrappers too, so that it counts a
/// convolution's map four times; on NAS-Bench-201 that ranks a little worse.

/// A layer whose output is recorded, and how often it counts.
struct Recorded {
    std::size_t layer;
    int times;
};

/// Up to the last block end (Mark::block), or all where none is marked: activations and convolutions, each once (a
/// normalisation behind one does not change correlations); every branch (Mark::branch) that is none of these, such as a
/// pool or a layer handed on by a skip, once more; and every block end once more.
std::vector<Recorded> recorded_maps(const Network&);

/// lambda_min of the c x c correlations, constant channels correlating with nothing, not even themselves. In double;
/// rounding may make it slightly negative. Exactly 0 where there are at least as many channels as positions, or a
/// constant channel. @param map [1, channels, height, width].
double smallest_correlation_eigenvalue(const Tensor& map);

/// M: runs the network on one image, normalised by its own statistics. @param x [1, ...].
double meco(const Network&, const torch_sdk::Weights&, const Tensor& x);

}  // namespace espalier::indicators
