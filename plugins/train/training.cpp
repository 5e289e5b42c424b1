// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"

namespace espalier::train {

Training::Training(const Task& task, const torch_sdk::Recipe& recipe, const c10::Device& device,
                   const torch_sdk::Replication& replication)
    : network_{task.network},
      epochs_{recipe.known_epochs()},
      weights_{network_, {}, task.seed, at::kFloat, device},
      trainer_{weights_, task.data, task.examples, recipe, replication}
{
}

bool Training::step(Step& step)
{
    try {
        return torch_sdk::translated("training", [&] {
            return trainer_.epoch(step, [this](Rng&) { return std::vector<torch_sdk::Path>{{network_}}; });
        });
    } catch (const Error& error) {
        failure_ = error.what();
        throw;
    }
}

}  // namespace espalier::train
