// SPDX-License-Identifier: Apache-2.0
#include "drop_path.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include "reinforce.hpp"

namespace espalier::qos_nas {

Tensor DropPath::policies(double progress, std::int64_t batch, std::int64_t modules, Rng& rng) const
{
    if (progress < all)
        return at::ones({batch, modules});
    if (!drawn)
        return qos_nas::drawn(at::full({batch, modules}, 1 - (1 - keep) * (progress - all) / (1 - all)), rng);
    Tensor probability = at::empty({batch, 1});
    for (std::int64_t i = 0; i < batch; ++i)
        probability[i] = keep + (1 - keep) * rng.uniform();
    return qos_nas::drawn(probability.expand({batch, modules}), rng);
}

}  // namespace espalier::qos_nas
