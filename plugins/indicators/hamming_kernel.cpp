// SPDX-License-Identifier: Apache-2.0
#include "hamming_kernel.hpp"

#include <cmath>
#include <tuple>

#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_slogdet.h>

namespace espalier::indicators {

Tensor hamming_kernel(const ActivationPatterns& patterns)
{
    const std::int64_t n = patterns.samples();
    Tensor kernel = at::empty({n, n}, at::kDouble);
    double* k = kernel.data_ptr<double>();
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j <= i; ++j)
            k[i * n + j] = k[j * n + i] = static_cast<double>(patterns.equal(i, j));
    return kernel;
}

double log_determinant(const Tensor& kernel)
{
    const double value = std::get<1>(at::linalg_slogdet(kernel)).item<double>();
    return std::isfinite(value) && value > 0 ? value : 0;
}

}  // namespace espalier::indicators
