// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>

#include "app/command.hpp"
#include "app/experiment_file.hpp"
#include "app/run_folder.hpp"
#include "host/plugins/plugin_host.hpp"
#include "host/tell/progress.hpp"

namespace espalier::app {

/// What the runs of one call share.
struct Searching {
    host::PluginHost& plugins;
    host::Terminal& terminal;
    host::Verbosity verbosity;
    const std::atomic<bool>& stop;
    bool accept_changes = false;
    std::optional<int> workers;                ///< for resumed runs and those that a folder still lacks
    std::filesystem::path resume_directory;    ///< what to resume after a stop; empty: the run's own
    std::vector<host::Override> changes = {};  ///< of the experiments of resumed runs
};

host::Verbosity chosen_verbosity(const Arguments&);

/// Starts a run in a new directory, tells what came out. @return an ExitStatus.
int start_run(Loaded&, const std::filesystem::path& directory, const Searching&);
/// Goes on with a run; a finished one only says so, and why it found nothing, unless it gets another budget. @throws
/// Error if something changed since that is not accepted.
int resume_run(const std::filesystem::path& directory, const Searching&);
/// Starts, goes on with, or passes over every run of the folder, each with the results of those before it.
int run_seeds(const SeedFolder&, const Searching&);

}  // namespace espalier::app
