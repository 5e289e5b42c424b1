// SPDX-License-Identifier: Apache-2.0
#include "app/run_folder.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "app/output.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

bool is_run(const fs::path& directory)
{
    return fs::exists(directory / "run.db");
}

std::optional<SeedFolder> seed_folder(const fs::path& directory)
{
    std::ifstream list(directory / "seeds");
    if (!list)
        return std::nullopt;
    std::string range;
    list >> range;
    try {
        return SeedFolder{directory, parse_seeds(range)};
    } catch (const UsageError&) {
        throw Error((directory / "seeds").string() + ": is damaged; it must hold the seeds as A..B");
    }
}

SeedFolder create_seed_folder(const fs::path& directory, const std::string& seeds, const host::Experiment& experiment)
{
    SeedFolder folder{directory, parse_seeds(seeds)};
    fs::create_directories(directory);
    write_file(folder.experiment_file(), experiment.resolved);
    write_file(directory / "seeds", seeds + "\n");
    return folder;
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
    return !fs::exists(directory) || (fs::is_directory(directory) && fs::is_empty(directory));
}

void refuse_existing(const fs::path& directory)
{
    const std::string name = directory.string();
    if (is_run(directory) || seed_folder(directory))
        throw UsageError(name + ": holds a run already; go on with `espalier resume " + name +
                         "`, or choose another directory with --out");
    if (!is_free(directory))
        throw UsageError(name + ": exists and holds no run; choose another directory with --out");
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
                std::fprintf(stderr, "%s: %zu of %zu seeds left out, which have no run: %s\n", directory.c_str(),
                             missing.size(), folder->seeds.size(), fmt::format("{}", fmt::join(missing, ", ")).c_str());
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

}  // namespace espalier::app
