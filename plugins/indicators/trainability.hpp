// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace espalier::indicators {
using at::Tensor;

/// T: how well each block alone passes gradients on (Lee and Ham, "AZ-NAS: Assembling Zero-Cost Proxies for Network
/// Architecture Search", CVPR 2024, "trainability", as their public code computes it for NAS-Bench-201).
///
/// Random signs G are sent backwards through one block, g = G df_l / df_(l-1). With A the mean over samples and
/// positions of g G^T, [channels in, channels out], and s its largest singular value, a block scores
/// 2 - s - 1 / (s + 1e-6): at most 0, where gradients neither grow nor shrink. T is the mean over the blocks.
///
/// Deviation: images instead of noise, which the gradient of the input Jacobian shares; no worse on NAS-Bench-201.

/// +1 or -1, each with probability 1/2, of the sizes and layout of `like`. Depends on `seed` and the number of elements
/// only.
Tensor random_signs(const Tensor& like, std::uint64_t seed);

/// g: the signs through one block. @param before, after the maps at its ends, part of a graph that stays usable.
Tensor passed_back(const Tensor& before, const Tensor& after, const Tensor& signs);

/// s. Where g has r times the height and width, each r x r square of it is one position with r^2 as many channels;
/// padded with zeros where the sizes do not divide. NaN where g is not finite. Computed in double.
double largest_singular_value(const Tensor& g, const Tensor& signs);

/// The score of one block; -infinity where g equals the signs, as in a block that only hands its input on, and where it
/// is not finite.
double block_trainability(const Tensor& g, const Tensor& signs);

/// T. @param maps the values at the block ends, where the blocks begin first, of a forward pass with gradients.
/// @param seed one for each network; every block has signs of its own. -infinity where there is no block.
double trainability(const std::vector<Tensor>& maps, std::uint64_t seed);

}  // namespace espalier::indicators
