// SPDX-License-Identifier: Apache-2.0
#include "children.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>

#include "espalier/resolve.hpp"
#include "espalier/torch/network/extraction.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "policies.hpp"

namespace espalier::qos_nas {

ChildTraining::ChildTraining(Child& child, const Lessons& lessons, const torch_sdk::Recipe& recipe)
    : child_{child},
      steps_{recipe.known_epochs()},
      trainer_{child.weights, lessons.data, lessons.examples, recipe, lessons.replication}
{
}

bool ChildTraining::step(Step& step)
{
    return torch_sdk::translated("training " + child_.name, [&] {
        return trainer_.epoch(step, [this](Rng&) { return std::vector<torch_sdk::Path>{{child_.network}}; });
    });
}

Architecture constant_policy(Model& model, const Lessons& lessons, double rate, std::int64_t images)
{
    const std::int64_t count = std::min(images, static_cast<std::int64_t>(lessons.examples.size()));
    const torch_sdk::Batch batch =
        lessons.data.batch(torch_sdk::Split::train, lessons.examples.first(static_cast<std::size_t>(count)))
            .to(model.weights.device());
    const PolicyRows rows(model.greedy_policies(batch.x(), at::full({count}, rate, at::kDouble)));
    std::map<std::vector<std::uint16_t>, int> votes;
    for (std::int64_t i = 0; i < count; ++i)
        ++votes[{rows[i].begin(), rows[i].end()}];
    return {std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; })->first};
}

Child child_of(const Model& model, const Architecture& policy, std::string name)
{
    Network network = resolved(model.meta, Region(policy));
    torch_sdk::Weights weights = torch_sdk::extracted(network, model.weights);
    const std::vector<std::uint8_t> on(policy.choices.begin(), policy.choices.end());
    return {std::move(name), std::move(network), std::move(weights), model.latency(on) - model.controller_ms};
}

FixedModel scored(const Child& child, const torch_sdk::TensorData& data, const torch_sdk::Examples& examples)
{
    constexpr std::int64_t kBatch = 500;
    const c10::InferenceMode inference;
    torch_sdk::Epoch batches(data, examples.split, examples.indices, kBatch, {}, Rng(0));
    const std::unique_ptr<torch_sdk::Score> score = data.task().score();
    while (const auto batch = batches.next()) {
        const torch_sdk::Batch here = batch->to(child.weights.device());
        score->add(torch_sdk::forward(child.network, child.weights, here.inputs), here);
    }
    return {.fps = 1000 / child.ms, .accuracy_pct = score->metrics().at("top1_pct")};
}

}  // namespace espalier::qos_nas
