// SPDX-License-Identifier: Apache-2.0
#include "app/super_weights.hpp"

#include <algorithm>
#include <functional>

#include "espalier/model_folder/cut_weights.hpp"

namespace espalier::app {
namespace {

namespace fs = std::filesystem;

/// The one nested component of the evaluator that is a space. Null: it has none.
std::unique_ptr<SearchSpace> evaluators_space(const Loaded& loaded, host::PluginHost& plugins)
{
    const std::optional<Config>& evaluator = loaded.experiment.evaluator;
    const host::CatalogComponent* found = evaluator ? plugins.catalog().named(Kind::evaluator, *evaluator) : nullptr;
    if (found == nullptr)
        return nullptr;
    for (const Option& option : found->info.options)
        if (const Config* given = evaluator->find(option.name);
            option.kind == Kind::space && given != nullptr && given->find("use") != nullptr)
            return plugins.make<SearchSpace>(*given, loaded.parts.setup);
    return nullptr;
}

}  // namespace

SuperWeights::SuperWeights(const host::RunStore& run, const Loaded& loaded, host::PluginHost& plugins)
    : run_{run}, searched_{*loaded.parts.space}
{
    for (host::StoredPhase& phase : run.phases())
        if (phase.name.starts_with("evaluator/") && phase.finished)
            trainings_.push_back(std::move(phase));
    std::ranges::sort(trainings_, std::greater{}, &host::StoredPhase::generation);
    if (!trainings_.empty())
        own_ = evaluators_space(loaded, plugins);
}

std::optional<SuperWeights::Cut> SuperWeights::of(const Architecture& architecture) const
{
    if (trainings_.empty())
        return std::nullopt;
    const std::string key = searched_.key(architecture);
    int scored_by = 0;
    run_.for_each_evaluation([&](const host::StoredEvaluation& row) {
        if (row.key == key && row.evaluated)
            scored_by = std::max(1, row.round);
    });
    std::vector<const host::StoredPhase*> order;
    for (const host::StoredPhase& training : trainings_)
        order.push_back(&training);
    std::stable_partition(order.begin(), order.end(),
                          [&](const host::StoredPhase* training) { return training->generation == scored_by; });
    const Network network = (own_ ? *own_ : searched_).network(Region(searched_.canonical(architecture)));
    for (const host::StoredPhase* training : order) {
        const fs::path file = run_.directory() / training->checkpoint / "weights";
        if (!fs::is_regular_file(file))
            continue;
        if (std::optional<TensorFile> cut = cut_weights(network, read_tensor_file(file.string()).tensors))
            return Cut{std::move(*cut), file};
    }
    return std::nullopt;
}

}  // namespace espalier::app
