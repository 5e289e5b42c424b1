// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>

#include <ATen/core/Tensor.h>

namespace espalier::torch_sdk::normalising {

/// Between which numbers what was normalised is kept: ReLU from 0, ReLU6 from 0 to 6.
struct Bounds {
    float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

/// Whether `batch_norm` is for this: images of float32 on the CPU.
bool covers(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

/// What at::batch_norm in training mode and then at::clamp make of channels_last images, read and written once instead
/// of twice each, in the same order for any number of threads. Gradients of gradients are LibTorch's.
/// @param scale,shift undefined: 1 and 0. @param mean,variance moved by the batch's own; undefined: none.
at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, const at::Tensor& mean,
                      const at::Tensor& variance, double momentum, double eps, const Bounds&);

}  // namespace espalier::torch_sdk::normalising
