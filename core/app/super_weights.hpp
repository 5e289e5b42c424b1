// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "espalier/model_folder/tensor_file.hpp"
#include "espalier/search_space.hpp"

#include "app/experiment_file.hpp"
#include "host/plugins/plugin_host.hpp"
#include "host/store/store.hpp"

namespace espalier::app {

/// The weights of super-networks that a run's evaluator has trained: those of its trainings that were kept as a file of
/// tensors, `weights`.
class SuperWeights {
public:
    /// All are lent. A space of the evaluator's own is made.
    SuperWeights(const host::RunStore&, const Loaded&, host::PluginHost&);

    struct Cut {
        TensorFile weights;
        std::filesystem::path file;  ///< that they are cut out of
    };
    /// Those of one architecture: of the training by which it was scored last, else of the last one that has all of it.
    /// Nothing: there is none. @throws Error for a file that is damaged.
    std::optional<Cut> of(const Architecture&) const;

private:
    const host::RunStore& run_;
    const SearchSpace& searched_;
    std::unique_ptr<SearchSpace> own_;          // that the evaluator trains; null: the one that is searched
    std::vector<host::StoredPhase> trainings_;  // the last one first
};

}  // namespace espalier::app
