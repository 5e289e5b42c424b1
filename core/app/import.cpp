// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "espalier/report/text.hpp"
#include "espalier/sdk/files.hpp"

#include "app/command.hpp"
#include "app/dynas_t_run.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/experiment/resolved.hpp"
#include "host/plugins/plugin_host.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

/// With every default.
Config chosen_space(const Arguments& arguments, const host::Catalog& catalog)
{
    const std::optional<std::string> text = arguments.value("space");
    if (!text)
        throw UsageError("espalier import: --space is missing; for example --space ofa_mobilenet_v3");
    return host::with_defaults(named_component(*text, "--space"), Kind::space, catalog);
}

/// The options' order of preference: quality first, then a cost.
std::vector<Objective> objectives_for(const std::set<std::string>& metrics)
{
    std::vector<Objective> objectives;
    for (const char* quality : {"top1_pct", "bleu", "sst2_acc", "hr10"})
        if (objectives.empty() && metrics.contains(quality))
            objectives.push_back({quality, true});
    const std::size_t qualities = objectives.size();
    for (const char* cost : {"macs", "latency_ms", "params", "model_size"})
        if (objectives.size() == qualities && metrics.contains(cost))
            objectives.push_back({cost, false});
    return objectives;
}

/// The experiment that such a run would have had, as far as it is known.
std::string experiment_text(const Config& space, const std::vector<Objective>& objectives, const std::string& name,
                            const std::string& method, int seed)
{
    std::string text = fmt::format("name: {}\nseed: {}\nspace: {}\nobjectives:\n",
                                   OptionTraits<std::string>::shown(name), seed, to_yaml(space));
    for (const Objective& objective : objectives)
        text += fmt::format("  - {{metric: {}, goal: {}}}\n", objective.metric, objective.maximise ? "max" : "min");
    return text + fmt::format("strategy: {{use: {}}}\n", OptionTraits<std::string>::shown(method));
}

/// The columns that DyNAS-T does not write.
dynas_t::Columns columns(const Arguments& arguments)
{
    dynas_t::Columns more;
    for (const std::string& text : arguments.values("column"))
        more.insert(key_and_value("column", text, "TITLE=METRIC, for example 'Energy (J)=energy_j'"));
    return more;
}

int import(const Arguments& arguments)
{
    Arguments first = arguments;
    first.set("format", {arguments.positional[0]});
    first.choice("format", {"dynas_t"});
    const fs::path file = arguments.positional[1], directory = arguments.positional[2];
    if (!fs::is_regular_file(file))
        throw UsageError(file.string() + ": is no file");
    if (!is_free(directory))
        throw UsageError(directory.string() + ": is there already; a run is imported into a new or an empty folder");

    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    const Config space_config = chosen_space(arguments, catalog);
    const std::unique_ptr<SearchSpace> space = plugins.make<SearchSpace>(space_config, plugins.setup());
    const dynas_t::Results read = dynas_t::read_results(file, *space, columns(arguments));
    const std::set<std::string> metrics = host::metric_names(read.rows);

    const std::string experiment =
        experiment_text(space_config, objectives_for(metrics), file.stem().string(),
                        arguments.value("method").value_or("imported"), arguments.count("seed").value_or(1));
    host::RunStore::create(directory, experiment, [&](host::RunStore& store) {
        store.set_provenance("espalier.version", ESPALIER_VERSION);
        store.set_provenance("imported.from", fs::absolute(file).string());
        keep(read, read_file_decompressed(file), *space, store);
        store.set_provenance("outcome.sentence",
                             "imported, so that no winner was chosen; see results --all, or compare");
        store.set_state(host::RunState::finished);
    });

    say(stdout,
        fmt::format("{} evaluations with {}; all of them: espalier results --all {}\n", read.rows.size(),
                    metrics.empty() ? "no metric" : fmt::format("{}", fmt::join(metrics, ", ")), directory.string()));
    if (read.without > 0)
        std::printf("%zu cells that are empty, nan or infinite count as not measured\n", read.without);
    return kDone;
}

}  // namespace

Command import_command()
{
    return {.name = "import",
            .positional = "dynas_t FILE DIR",
            .summary = "make a run of another tool's results",
            .description =
                "Makes a run directory of a results file of DyNAS-T (CSV), for results, compare and `start:` of\n"
                "another experiment. A 0 in it means \"not measured\". Every row is an evaluation that was paid for.",
            .least_positional = 3,
            .most_positional = 3,
            .options = {{"space", "SPACE", "the search space: a name, or YAML as in an experiment: '{use: NAME, ...}'"},
                        {"method", "NAME", "what the run's strategy is called; default: imported"},
                        {"seed", "N", "the seed it was made with, if known"},
                        {"column", "TITLE=METRIC",
                         "a column that DyNAS-T does not write, and its metric, or none to leave it out", true},
                        kPluginPath},
            .run = import};
}

}  // namespace espalier::app
