// SPDX-License-Identifier: Apache-2.0
#include "output_sensitivity.hpp"

#include <ATen/ATen.h>

namespace espalier::indicators {

OutputSensitivity output_sensitivity(const Tensor& clean, const Tensor& noisy)
{
    const Tensor before = clean.to(at::kCPU, at::kDouble);
    const Tensor error = noisy.to(at::kCPU, at::kDouble) - before;
    const double spread = before.var(0, true).mean().item<double>();
    OutputSensitivity result{.variance = error.mean(1).var(0, true).item<double>()};
    if (spread > 1e-24)
        result.relative = error.square().mean().item<double>() / spread;
    return result;
}

}  // namespace espalier::indicators
