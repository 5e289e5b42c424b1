// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/torch/network/forward.hpp"

namespace espalier::torch_sdk {

/// A sample of the relaxed categorical distribution: softmax((logits + g) / temperature) over the last axis with
/// g = -log(-log u) (Jang, Gu and Poole, Categorical reparameterization with Gumbel-softmax, ICLR 2017, eq. 2). The
/// u are drawn from `rng`, an element at a time in double and kept within [1e-20, 1 - 1e-7], so they are the same on
/// every machine.
/// @param logits [..., options], any floating type and device, which the result has too; gradients flow into them.
/// @param temperature > 0. The lower, the nearer to one-hot. @throws Error otherwise.
/// @param hard exactly 1 at the largest and 0 elsewhere, with the gradients of the soft sample (straight-through).
ESPALIER_API Tensor gumbel_softmax(const Tensor& logits, double temperature, Rng& rng, bool hard = false);

/// By layer, the width of its output in expectation over the gates: a scalar in double on the CPU, differentiable by
/// the gates. For layer_cost: the width in is that of `layer.inputs()[0]`, the width out that of the layer itself.
///
/// `channel_mask`: sum over options of gate times width. The convolution or linear layer that `resolved` would make
/// narrower has the mask's width, too, and so have the layers between. `add`: the largest of its inputs, as narrower
/// ones are projected (U-Boost). `choice`: the mean of its options, weighed by their gates, nothing left out. `concat`
/// along the width: the sum. Other layers hand on the width of their first input, in the proportion in which they
/// change it; new widths (`input`, `conv`, `linear`, custom) are constants. Nothing has width 0.
///
/// With gates of zeros and a one these are the widths of the resolved network.
/// @param gates [options] of every open decision. @throws Error if one is missing or per example.
/// @param through_sums false: an `add` is as wide as its shape says, as in the code of U-Boost's authors, which cuts
/// what follows off from the widths before.
ESPALIER_API std::vector<Tensor> expected_widths(const Network&, const Gates& gates, bool through_sums = true);

}  // namespace espalier::torch_sdk
