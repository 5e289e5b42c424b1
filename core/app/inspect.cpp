// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "espalier/model_folder/model_folder.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "app/search_run.hpp"
#include "app/super_weights.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/price/difference.hpp"
#include "host/price/inspection.hpp"
#include "host/search/run.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

/// What is looked at.
struct Inspected {
    std::string name;
    Architecture architecture;
    std::optional<fs::path> model;  // folder with its trained weights
};

/// The architectures of a run's winners and of the command line.
class InspectedRun {
public:
    InspectedRun(const host::NamedRun& run, const SearchSpace& space)
        : run_{run}, winners_{run.store.winners()}, space_{space}
    {
    }
    /// Written as the space writes it, or the name of a winner.
    Inspected named(const std::string& text) const
    {
        const auto winner = std::ranges::find(winners_, text, &host::StoredWinner::name);
        if (winner != winners_.end())
            return of(*winner);
        Architecture architecture = named_architectures(std::span(&text, 1), space_).front();
        std::optional<fs::path> model = trained_model(run_.store, space_.key(architecture));
        return {text, std::move(architecture), std::move(model)};
    }
    std::vector<Inspected> winners() const
    {
        std::vector<Inspected> all;
        for (const host::StoredWinner& winner : winners_)
            all.push_back(of(winner));
        if (!all.empty())
            return all;
        const std::string why = host::outcome_sentence(run_.store);
        throw UsageError(fmt::format("{}: has no winners{}; name one of its architectures behind it", run_.name,
                                     why.empty() ? "" : " (" + why + ")"));
    }

private:
    Inspected of(const host::StoredWinner& winner) const
    {
        if (!winner.architecture)
            throw Error(fmt::format("{}: its winner '{}' is no architecture", run_.name, winner.name));
        if (!fits(*winner.architecture, space_.decisions()))
            throw Error(fmt::format("{}: its winner '{}' is no architecture of its space as that is now", run_.name,
                                    winner.name));
        if (!winner.model.empty())
            return {winner.name, *winner.architecture, run_.store.directory() / winner.model};
        return {winner.name, *winner.architecture, trained_model(run_.store, winner.key)};
    }

    const host::NamedRun& run_;
    std::vector<host::StoredWinner> winners_;
    const SearchSpace& space_;
};

host::NamedRun opened(const std::string& directory)
{
    std::vector<host::NamedRun> runs = open_runs(std::span(&directory, 1));
    if (runs.size() > 1)
        throw UsageError(
            fmt::format("{}: holds {} runs; name one of them, such as {}", directory, runs.size(), runs.front().name));
    return std::move(runs.front());
}

std::vector<Inspected> inspected(const InspectedRun& run, const Arguments& arguments)
{
    std::vector<Inspected> all;
    if (arguments.positional.size() > 1)
        all.push_back(run.named(arguments.positional[1]));
    else
        all = run.winners();
    const std::optional<std::string> against = arguments.value("against");
    if (!against)
        return all;
    if (all.size() > 1)
        throw UsageError(fmt::format("--against: {} has {} winners; name the one that is meant, such as {}",
                                     arguments.positional[0], all.size(), all.front().name));
    all.push_back(run.named(*against));
    return all;
}

/// Trained weights, and where they are from: "weights of r/winners/best".
struct Known {
    TensorFile weights;
    std::string source;
};

/// Those that were saved for it, else those of a super-network.
Known weights_of(const Inspected& one, const SuperWeights& super)
{
    if (one.model) {
        Known known{{}, fmt::format("weights of {}", one.model->string())};
        if (fs::exists(weights_file(one.model->string())))
            known.weights = read_model_folder(one.model->string()).weights;
        return known;
    }
    if (std::optional<SuperWeights::Cut> cut = super.of(one.architecture))
        return {std::move(cut->weights), fmt::format("weights cut out of {}", cut->file.string())};
    return {};
}

/// Says what each is. Weights that cannot be read are told. @return where they are from; nothing where they cannot be
/// read.
std::vector<std::optional<std::string>> add_weights(std::vector<host::Inspection>& inspections,
                                                    std::span<const Inspected> all,
                                                    std::span<const host::CostBreakdown> breakdowns,
                                                    const SuperWeights& super)
{
    std::vector<std::optional<std::string>> sources;
    for (std::size_t i = 0; i < all.size(); ++i) {
        Known known;
        try {
            known = weights_of(all[i], super);
            sources.emplace_back(known.source);
        } catch (const Error& error) {
            say(stderr, fmt::format("{}\n", error.what()));
            sources.emplace_back();
        }
        inspections.push_back(host::inspection(all[i].name, breakdowns[i], known.weights.tensors));
    }
    return sources;
}

int inspect(const Arguments& arguments)
{
    const host::Verbosity verbosity = chosen_verbosity(arguments);
    const report::Format format = chosen_format(arguments);
    const host::Cutting cutting = chosen_parts(arguments);
    const host::NamedRun run = opened(arguments.positional[0]);
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    Loaded loaded = load_costs(run.store, plugins);
    loaded.experiment.reuse = {run.store.directory()};  // what costs have learnt
    if (const std::optional<int> workers = arguments.count(kWorkers.name))
        loaded.experiment.execution.workers = *workers;
    const std::vector<Inspected> all = inspected(InspectedRun(run, *loaded.parts.space), arguments);
    std::vector<Architecture> architectures;
    for (const Inspected& one : all)
        architectures.push_back(one.architecture);

    host::Terminal terminal(stderr);
    host::Progress progress(loaded.experiment, terminal, verbosity);
    const Interrupt interrupt;
    const std::vector<host::CostBreakdown> breakdowns = [&] {
        const host::PluginOutput to_standard_error;
        return host::cost_breakdowns(loaded.experiment, loaded.parts, architectures, cutting, progress,
                                     interrupt.stop());
    }();
    terminal.clear();
    if (interrupt.stop())
        return kInterrupted;
    std::vector<host::Inspection> inspections;
    const std::vector<std::optional<std::string>> sources =
        add_weights(inspections, all, breakdowns, SuperWeights(run.store, loaded, plugins));
    bool complete = std::ranges::all_of(sources, [](const auto& source) { return source.has_value(); });
    if (arguments.has("against")) {
        const auto [table, equal] = host::difference_table(inspections[0], inspections[1]);
        say(stdout, report::to_text(table, format));
        std::fflush(stdout);
        say(stderr, fmt::format("{} parts are equal\n", equal));
    } else {
        say(stdout, report::to_text(host::inspection_table(inspections), format));
        std::fflush(stdout);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (verbosity != host::Verbosity::quiet)
            say(stderr,
                fmt::format("{}{}{}\n", all[i].name == breakdowns[i].architecture ? "" : all[i].name + ": ",
                            breakdowns[i].architecture, sources[i].value_or("").empty() ? "" : ", " + *sources[i]));
        for (const std::string& note : breakdowns[i].notes)
            say(stderr, fmt::format("{}: {}\n", all[i].name, note));
        complete = complete && !breakdowns[i].failed;
    }
    return complete ? kDone : kFailed;
}

}  // namespace

Command inspect_command()
{
    return {
        .name = "inspect",
        .positional = "RUN [ARCH]",
        .summary = "what winners are made of, layer by layer",
        .description =
            "Of each winner of a run, or of one architecture, its blocks or layers: shapes, parameters, "
            "multiply-adds,\n"
            "costs under all cost models of the run, and, where the run has trained weights of it, their check sums.\n"
            "ARCH is the name of a winner, or written as the space writes it; quote it. Nothing is stored.\n"
            "Status 1: a cost could not be told, or weights could not be read.",
        .least_positional = 1,
        .most_positional = 2,
        .options = {{"against", "ARCH", "only what differs from this one"},
                    kBy,
                    kFormat,
                    kWorkers,
                    kPluginPath,
                    kQuiet,
                    kVerbose},
        .run = inspect};
}

}  // namespace espalier::app
