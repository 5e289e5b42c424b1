// SPDX-License-Identifier: Apache-2.0
#include "app/grouped_runs.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <glob.h>

#include "app/experiment_file.hpp"
#include "app/run_folder.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

/// The folders that a pattern matches, sorted; a name without wildcards stands for itself.
std::vector<std::string> matches(const std::string& pattern)
{
    if (pattern.find_first_of("*?[") == std::string::npos)
        return {pattern};
    glob_t found{};
    std::vector<std::string> all;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        all.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    std::erase_if(all, [](const std::string& path) { return !is_run(path) && !seed_folder(path); });
    if (all.empty())
        throw UsageError(pattern + ": no run matches");
    return all;
}

std::vector<std::string> named_in(const std::string& list)
{
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        if (const std::string one = list.substr(begin, end - begin); !one.empty()) {
            const std::vector<std::string> found = matches(one);
            all.insert(all.end(), found.begin(), found.end());
        }
        begin = end + 1;
    }
    return all;
}

class Gathering {
public:
    explicit Gathering(const host::Catalog& catalog) : catalog_{catalog} {}

    /// @param group empty: each run's strategy, and runs that are there already are passed over.
    void add(const std::string& group, const std::vector<std::string>& directories)
    {
        for (host::NamedRun& run : open_runs(directories)) {
            const std::string place = fs::weakly_canonical(run.name).string();
            const auto [seen, is_new] = group_of_.try_emplace(place, group);
            if (!is_new && (group.empty() || seen->second == group))
                continue;
            if (!is_new)
                throw UsageError(fmt::format("{} is in two groups: {} and {}", run.name, seen->second, group));
            host::Experiment experiment = stored_experiment(run.store, catalog_);
            std::string name = group;
            if (name.empty()) {
                const Config* strategy = experiment.root.find("strategy");
                const Config* use = strategy != nullptr ? strategy->find("use") : nullptr;
                name = use != nullptr ? use->scalar : "runs";
            }
            runs_.push_back({std::move(name), std::move(run), std::move(experiment)});
        }
    }

    std::vector<GroupedRun> taken() { return std::move(runs_); }

private:
    const host::Catalog& catalog_;
    std::map<std::string, std::string> group_of_;  // by the run's real path
    std::vector<GroupedRun> runs_;
};

}  // namespace

std::vector<GroupedRun> grouped_runs(const Arguments& arguments, const host::Catalog& catalog)
{
    Gathering gathering(catalog);
    for (const std::string& text : arguments.values("group")) {
        const std::size_t equals = text.find('=');
        const std::vector<std::string> directories =
            equals == std::string::npos ? std::vector<std::string>{} : named_in(text.substr(equals + 1));
        if (equals == 0 || directories.empty())
            throw UsageError(fmt::format("--group {}: must be NAME=RUN,RUN, for example ours=runs/linas-*", text));
        gathering.add(text.substr(0, equals), directories);
    }
    if (!arguments.positional.empty())
        gathering.add("", arguments.positional);
    std::vector<GroupedRun> runs = gathering.taken();
    if (runs.empty())
        throw UsageError("espalier compare: RUN... is missing; name runs or groups of them");
    return runs;
}

}  // namespace espalier::app
