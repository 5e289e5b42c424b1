// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/tell/results.hpp"

namespace espalier::app {

/// What `run --seeds` made: `experiment.yaml`, `seeds` ("0..16,20") and a run `seed-<n>` for each that has been
/// started.
struct SeedFolder {
    std::filesystem::path directory;
    std::vector<std::uint64_t> seeds;

    std::filesystem::path run(std::uint64_t seed) const { return directory / ("seed-" + std::to_string(seed)); }
    std::filesystem::path experiment_file() const;
};

bool is_run(const std::filesystem::path&);
/// Null if `directory` is no folder of runs. @throws Error if its list of seeds is damaged.
std::optional<SeedFolder> seed_folder(const std::filesystem::path& directory);
/// Makes the folder with the experiment and its seeds.
SeedFolder create_seed_folder(const std::filesystem::path& directory, const std::string& seeds,
                              const host::Experiment&);

/// With these seeds, too.
SeedFolder with_seeds(SeedFolder, const std::string& more);
/// @throws UsageError naming what differs, but for the number of workers.
void require_same_experiment(const SeedFolder&, const host::Experiment&);

/// runs/<name of the experiment>, characters that make bad file names replaced.
std::filesystem::path default_directory(const host::Experiment&);
/// Whether a run can be made there: nothing is, or an empty folder, or what a creation that was stopped has left.
bool is_free(const std::filesystem::path&);
/// @throws UsageError if something is there already; says how to go on with it.
void refuse_existing(const std::filesystem::path& directory);
/// The runs named, folders of runs replaced by what is in them, opened for reading. Tells on standard error which seeds
/// of a folder have no run yet.
/// @throws UsageError for what is no run.
std::vector<host::NamedRun> open_runs(std::span<const std::string> directories);
/// The model folder of a winner with this key. None: the run has no trained weights of it.
std::optional<std::filesystem::path> trained_model(const host::RunStore&, const std::string& key);

}  // namespace espalier::app
