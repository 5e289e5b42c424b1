// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/loss.hpp"

#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>

namespace espalier::torch_sdk {

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double label_smoothing)
{
    return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100, label_smoothing);
}

Tensor soft_cross_entropy(const Tensor& logits, const Tensor& teacher, double temperature)
{
    const Tensor target = teacher.detach().div(temperature).softmax(-1);
    const Tensor guess = logits.div(temperature).log_softmax(-1);
    return target.mul(guess).sum(-1).mean().mul(-temperature * temperature);
}

std::int64_t correct(const Tensor& logits, const Tensor& labels)
{
    return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

}  // namespace espalier::torch_sdk
