// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// Mean over the batch of the cross entropy between softmax(logits) and the labels.
/// @param logits [batch, classes]. @param labels [batch], 64-bit integers.
/// @param label_smoothing in [0, 1): this much of the target is spread over all classes (Szegedy et al., CVPR 2016).
ESPALIER_API Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double label_smoothing = 0);

/// Cross entropy of softmax(logits / T) against softmax(teacher / T), times T^2 so that its gradients are as large as
/// those of the labels (Hinton, Vinyals and Dean, arXiv 1503.02531, section 2). Mean over the batch.
/// @param teacher [batch, classes]; no gradients flow into it. @param temperature T > 0.
ESPALIER_API Tensor soft_cross_entropy(const Tensor& logits, const Tensor& teacher, double temperature = 1);

/// How many of the batch have their label as the largest logit.
ESPALIER_API std::int64_t correct(const Tensor& logits, const Tensor& labels);

}  // namespace espalier::torch_sdk
