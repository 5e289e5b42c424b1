// SPDX-License-Identifier: Apache-2.0
#include "app/run_folder.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "espalier/sdk/files.hpp"

#include "app/command.hpp"
#include "app/output.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSeeds = "seeds";
constexpr std::size_t kMostSeedsBytes = std::size_t{1} << 22;
constexpr const char* kExperiment = "experiment.yaml";

}  // namespace

fs::path SeedFolder::experiment_file() const
{
    return directory / kExperiment;
}

bool is_run(const fs::path& directory)
{
    return fs::is_regular_file(directory / "run.db");
}

std::optional<SeedFolder> seed_folder(const fs::path& directory)
{
    std::error_code none;
    if (!fs::exists(directory / kSeeds, none))
        return std::nullopt;
    std::string range = read_file(directory / kSeeds, kMostSeedsBytes);
    range.erase(std::min(range.find('\n'), range.size()));
    try {
        return SeedFolder{directory, parse_seeds(range)};
    } catch (const UsageError&) {
        throw Error((directory / kSeeds).string() + ": is damaged; it must hold the seeds as A..B,C");
    }
}

SeedFolder create_seed_folder(const fs::path& directory, const std::string& seeds, const host::Experiment& experiment)
{
    SeedFolder folder{directory, parse_seeds(seeds)};
    try {
        fs::create_directories(directory);
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be made: {}.", directory.string(), error.code().message()));
    }
    // With its list it is a folder of seeds; with a draft of one, the experiment beside it is of a stopped creation.
    host::write_draft(directory / kSeeds, seeds_text(folder.seeds) + "\n");
    host::write_file(folder.experiment_file(), experiment.resolved);
    host::settle_draft(directory / kSeeds);
    return folder;
}

SeedFolder with_seeds(SeedFolder folder, const std::string& more)
{
    const std::vector<std::uint64_t> added = parse_seeds(more);
    std::vector<std::uint64_t> all;
    std::ranges::set_union(folder.seeds, added, std::back_inserter(all));
    if (all.size() > folder.seeds.size())
        host::write_file(folder.directory / kSeeds, seeds_text(all) + "\n");
    folder.seeds = std::move(all);
    return folder;
}

void require_same_experiment(const SeedFolder& folder, const host::Experiment& experiment)
{
    Diagnostics none;
    const auto written = [](Config root, const std::string& key) {
        const Config* value = root.find(key);
        if (value == nullptr)
            return std::string();
        Config shown = *value;
        if (key == "execution")  // changes no result
            std::erase_if(shown.items, [](const Config& item) { return item.key == "workers"; });
        return to_yaml(shown);
    };
    const std::string file = folder.experiment_file().string();
    const Config theirs = parse_config(read_file(folder.experiment_file(), kMostSeedsBytes), file, none);
    const Config ours = parse_config(experiment.resolved, file, none);
    std::string different;
    for (const std::string& key : host::experiment_keys())
        if (written(theirs, key) != written(ours, key))
            different += fmt::format("{}`{}`", different.empty() ? "" : ", ", key);
    if (!different.empty())
        throw UsageError(
            fmt::format("{0}: holds seeds of an experiment with another {1}, see {2}; choose another "
                        "directory with --out, or add seeds of that experiment: espalier resume {0} "
                        "--seeds ...",
                        folder.directory.string(), different, file));
}

fs::path default_directory(const host::Experiment& experiment)
{
    std::string name = experiment.name.empty() ? experiment.file.stem().string() : experiment.name;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-')
            c = '-';
    if (name.front() == '.')
        name.front() = '-';
    return fs::path("runs") / name;
}

bool is_free(const fs::path& directory)
{
    if (!fs::exists(directory))
        return true;
    if (!fs::is_directory(directory) || is_run(directory))
        return false;
    const bool of_seeds = fs::exists(host::draft_of(directory / kSeeds));
    return std::ranges::all_of(fs::directory_iterator(directory), [&](const fs::directory_entry& entry) {
        return host::RunStore::is_left_over(entry.path()) || (of_seeds && entry.path().filename() == kExperiment);
    });
}

void refuse_existing(const fs::path& directory)
try {
    const std::string name = directory.string();
    if (is_run(directory) || seed_folder(directory))
        throw UsageError(name + ": holds a run already; go on with `espalier resume " + name +
                         "`, or choose another directory with --out");
    if (!is_free(directory))
        throw UsageError(name + ": exists and holds no run; choose another directory with --out");
} catch (const fs::filesystem_error& error) {
    throw UsageError(directory.string() + ": " + error.code().message() + "; choose another directory with --out");
}

std::vector<host::NamedRun> open_runs(std::span<const std::string> directories)
{
    std::vector<host::NamedRun> runs;
    for (const std::string& directory : directories) {
        if (const std::optional<SeedFolder> folder = seed_folder(directory)) {
            std::vector<std::uint64_t> missing;
            for (const std::uint64_t seed : folder->seeds) {
                if (is_run(folder->run(seed)))
                    runs.push_back({folder->run(seed).string(), host::RunStore::read_only(folder->run(seed))});
                else
                    missing.push_back(seed);
            }
            if (!missing.empty())
                say(stderr, fmt::format("{}: {} of {} seeds left out, which have no run: {}\n", directory,
                                        missing.size(), folder->seeds.size(), fmt::join(missing, ", ")));
        } else if (is_run(directory)) {
            runs.push_back({directory, host::RunStore::read_only(directory)});
        } else {
            throw UsageError(directory + ": is no run directory: it has no run.db");
        }
    }
    if (runs.empty())
        throw UsageError(directories.front() + ": no run in it has been started");
    return runs;
}

std::optional<fs::path> trained_model(const host::RunStore& run, const std::string& key)
{
    for (const host::StoredWinner& winner : run.winners())
        if (winner.key == key && !winner.model.empty())
            return run.directory() / winner.model;
    return std::nullopt;
}

}  // namespace espalier::app
