// SPDX-License-Identifier: Apache-2.0
#include "app/experiment_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "espalier/search_space.hpp"

#include "app/output.hpp"
#include "host/experiment/price_check.hpp"
#include "host/experiment/strategy_check.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

host::Catalog find_plugins(const Arguments& arguments)
{
    host::PluginFolders folders;
    try {
        folders = host::plugin_search_path(arguments.values(kPluginPath.name));
    } catch (const Error& error) {  // here it is the command line that is wrong
        throw UsageError(error.what());
    }
    host::Catalog catalog(folders.all, folders.chosen);
    if (!arguments.has(kQuiet.name))
        for (const std::string& sentence : catalog.passed_over())
            say(stderr, sentence + "\n");
    return catalog;
}

Config named_component(const std::string& text, const std::string& place)
{
    return parse_config(text.starts_with("{") ? text : "{use: " + text + "}", place);
}

namespace {

std::vector<host::Override> sets(const Arguments& arguments)
{
    std::vector<host::Override> all;
    for (const std::string& text : arguments.values(kSet.name)) {
        auto [key, value] = key_and_value(kSet.name, text, "KEY=VALUE, for example --set budget.evaluations=100");
        all.push_back({std::move(key), std::move(value)});
    }
    return all;
}

}  // namespace

std::vector<Architecture> named_architectures(std::span<const std::string> texts, const SearchSpace& space)
{
    std::vector<Architecture> architectures;
    for (const std::string& text : texts) {
        try {
            architectures.push_back(space.parse(text));
        } catch (const Error& error) {  // here it is the command line that is wrong
            const std::string which = "architecture '" + text + "'";
            const std::string told = error.what();  // most spaces name it themselves
            throw UsageError(told.starts_with(which) ? told : fmt::format("{}: {}", which, told));
        }
    }
    return architectures;
}

std::vector<host::Override> overrides(const Arguments& arguments)
{
    std::vector<host::Override> all = sets(arguments);
    if (const std::optional<int> workers = arguments.count(kWorkers.name))
        all.push_back({"execution.workers", std::to_string(*workers)});
    return all;
}

namespace {

Loaded made(host::Experiment experiment, host::PluginHost& plugins, Diagnostics& diagnostics)
{
    Loaded loaded{std::move(experiment), {}};
    loaded.parts = host::assemble(loaded.experiment, plugins, diagnostics);
    diagnostics.throw_if_any();
    return loaded;
}

using Assemble = host::Components (*)(const host::Experiment&, host::PluginHost&, Diagnostics&);

/// Some parts, of which only the errors count. @param sections those that they are in.
Loaded made_parts(host::Experiment experiment, Assemble assemble, std::span<const std::string_view> sections,
                  host::PluginHost& plugins, Diagnostics& diagnostics)
{
    Loaded loaded{std::move(experiment), {}};
    const std::size_t others = diagnostics.errors.size();
    loaded.parts = assemble(loaded.experiment, plugins, diagnostics);
    const bool faulty = std::ranges::any_of(loaded.experiment.faulty, [&](std::string_view part) {
        return std::ranges::find(sections, part.substr(0, part.find('.'))) != sections.end();
    });
    if (faulty || !loaded.parts.space || diagnostics.errors.size() > others)
        diagnostics.throw_if_any();
    return loaded;
}

Loaded made_space(host::Experiment experiment, host::PluginHost& plugins, Diagnostics& diagnostics)
{
    return made_parts(std::move(experiment), host::assemble_space, std::array<std::string_view, 2>{"data", "space"},
                      plugins, diagnostics);
}

/// The space that a run searched. Null: the plug-in or a file that it needs is gone.
std::unique_ptr<SearchSpace> searched_space(const fs::path& run, host::PluginHost& plugins)
{
    const host::Experiment experiment = stored_experiment(host::RunStore::read_only(run), plugins.catalog());
    const Config* space = experiment.root.find("space");
    try {
        return space == nullptr ? nullptr : plugins.make<SearchSpace>(*space, plugins.setup());
    } catch (const Error&) {
        return nullptr;
    }
}

/// `start: {run: DIR}` lends option numbers: they mean the same only where the decisions are the same.
void check_start(const Loaded& loaded, host::PluginHost& plugins)
{
    if (!loaded.experiment.start)
        return;
    const std::unique_ptr<SearchSpace> theirs = searched_space(*loaded.experiment.start, plugins);
    if (!theirs || same_decisions(theirs->decisions(), loaded.parts.space->decisions()))
        return;
    loaded.experiment.root.at_path("start.run")
        .fail(fmt::format("'{}' is a run in another search space: its decisions or their options are not those of this "
                          "one's",
                          loaded.experiment.start->string()));
}

/// Only a strategy knows better than the experiment what a winner is.
void check_winners(const Loaded& loaded)
{
    const host::Experiment& experiment = loaded.experiment;
    if (experiment.objectives.empty() && !experiment.reward && !loaded.parts.strategy->announces_winners())
        experiment.strategy.fail(
            "nothing says what makes a winner: give `objectives`, such as [{metric: top1_pct, goal: max}], or a "
            "`reward`");
    if (experiment.shortlist && loaded.parts.strategy->announces_winners())
        experiment.root.at_path("winners").fail(
            fmt::format("the strategy '{}' says itself what its winners are: there is no best to be kept",
                        loaded.parts.strategy.name));
}

host::Experiment parsed(const host::RunStore& store, std::span<const host::Override> changes,
                        const host::Catalog& catalog, Diagnostics& diagnostics)
{
    return host::parse_experiment(store.experiment(), std::filesystem::absolute(store.directory()) / "experiment.yaml",
                                  changes, catalog, diagnostics);
}

}  // namespace

Loaded load(const std::filesystem::path& file, std::span<const host::Override> changes, host::PluginHost& plugins)
{
    Diagnostics diagnostics;
    Loaded loaded = made(host::read_experiment(file, changes, plugins.catalog(), diagnostics), plugins, diagnostics);
    check_start(loaded, plugins);
    return loaded;
}

Loaded load_space(const std::filesystem::path& file, std::span<const host::Override> changes, host::PluginHost& plugins)
{
    Diagnostics diagnostics;
    return made_space(host::read_experiment(file, changes, plugins.catalog(), diagnostics), plugins, diagnostics);
}

Loaded load_space(const host::RunStore& store, host::PluginHost& plugins)
{
    Diagnostics diagnostics;
    return made_space(parsed(store, {}, plugins.catalog(), diagnostics), plugins, diagnostics);
}

Loaded load_costs(const host::RunStore& store, host::PluginHost& plugins)
{
    Diagnostics diagnostics;
    return made_parts(parsed(store, {}, plugins.catalog(), diagnostics), host::assemble_costs,
                      std::array<std::string_view, 3>{"data", "space", "costs"}, plugins, diagnostics);
}

Loaded load_to_run(const std::filesystem::path& file, std::span<const host::Override> changes,
                   host::PluginHost& plugins)
{
    Loaded loaded = load(file, changes, plugins);
    check_winners(loaded);
    Diagnostics diagnostics;
    host::check_prices(loaded.experiment, loaded.parts, diagnostics);
    host::check_strategy(loaded.experiment, loaded.parts, diagnostics);
    diagnostics.throw_if_any();
    return loaded;
}

std::vector<host::Override> changes_of_a_run(const Arguments& arguments)
{
    std::vector<host::Override> changes = sets(arguments);
    static const std::string_view allowed[] = {"budget.evaluations", "budget.minutes", "execution.timeout_s",
                                               "execution.workers"};
    for (const host::Override& change : changes)
        if (std::ranges::find(allowed, change.path) == std::end(allowed))
            throw UsageError(
                fmt::format("--set {}: a run that has begun may change {}; for anything else start a new "
                            "one, which takes over results by `reuse: [DIR]`",
                            change.path, fmt::join(allowed, ", ")));
    return changes;
}

Loaded load(const host::RunStore& store, host::PluginHost& plugins, std::span<const host::Override> changes,
            std::optional<int> workers)
{
    Diagnostics diagnostics;
    host::Experiment experiment = parsed(store, changes, plugins.catalog(), diagnostics);
    experiment.execution.workers = workers.value_or(experiment.execution.workers);
    return made(std::move(experiment), plugins, diagnostics);
}

host::Experiment stored_experiment(const host::RunStore& store, const host::Catalog& catalog)
{
    Diagnostics ignored;
    return parsed(store, {}, catalog, ignored);
}

}  // namespace espalier::app
