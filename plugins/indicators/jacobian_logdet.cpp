// SPDX-License-Identifier: Apache-2.0
#include "jacobian_logdet.hpp"

#include <ATen/ATen.h>

#include "feature_maps.hpp"
#include "jacobian_correlation.hpp"

namespace espalier::indicators {

double jacobian_logdet(const Tensor& jacobian)
{
    const Tensor rows = jacobian.flatten(1);
    if ((rows.amax(1) - rows.amin(1)).min().item<double>() == 0 || !at::isfinite(rows).all().item<bool>())
        return kLeast;
    return log_determinant_score(correlation(rows));
}

}  // namespace espalier::indicators
