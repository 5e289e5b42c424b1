// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

namespace espalier::indicators {
using at::Tensor;

/// OS: how far noise on the input moves the logits of a fresh network (after Forouzesh, Salehi and Thiran,
/// "Generalization Comparison of Deep Neural Networks via Output Sensitivity", ICPR 2020). With the batch's statistics
/// in the normalisations a higher sensitivity goes with a higher accuracy on NAS-Bench-201; with the initial running
/// statistics the sign turns.
struct OutputSensitivity {
    /// S_OS: unbiased variance over the samples of e_m, the mean over the outputs of noisy less clean logits.
    double variance = 0;
    /// Free of the logits' scale: mean square of the error by the mean over the outputs of their variance over the
    /// samples; 0 where the logits do not vary.
    double relative = 0;
};

/// @param clean,noisy [samples, outputs], samples >= 2.
OutputSensitivity output_sensitivity(const Tensor& clean, const Tensor& noisy);

}  // namespace espalier::indicators
