// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/window.hpp"

namespace espalier::torch_sdk::depthwise {

/// Whether `convolution` is for this: float32 on the CPU in a graph, one kernel for each of at least four channels,
/// larger than 3 x 3 or dilated. For the rest LibTorch's gradients are as fast.
bool covers(const at::Tensor& x, const at::Tensor& weight, const Window&);

/// at::conv2d of such channels_last tensors with a group for each channel, and gradients of our own, which are bit for
/// bit the same for any number of threads. Gradients of gradients are LibTorch's.
/// @param bias undefined: none.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Window&);

}  // namespace espalier::torch_sdk::depthwise
