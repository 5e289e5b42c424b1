// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include "espalier/torch/tensors/boundary.hpp"

namespace espalier::supernet {

bool Training::step(Step& step)
{
    return torch_sdk::translated("training the super-network", [&] {
        const bool more = trainer_.epoch(step, [&](Rng& rng) { return paths_(rng, step.context); });
        const std::string which = count_ > 1 ? " (" + std::to_string(count_) + ")" : "";
        step.context.note("iterations" + which, static_cast<double>(trainer_.steps()));
        step.context.note("smoothed_loss" + which, trainer_.smoothed_loss());
        return more;
    });
}

}  // namespace espalier::supernet
