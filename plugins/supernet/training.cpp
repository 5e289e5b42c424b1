// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include "espalier/torch/tensors/boundary.hpp"

namespace espalier::supernet {

bool Training::step(Step& step)
{
    return torch_sdk::translated("training the super-network", [&] {
        return trainer_.epoch(step, [&](Rng& rng) { return paths_(rng, step.context); });
    });
}

}  // namespace espalier::supernet
