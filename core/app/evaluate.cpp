// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "espalier/report/text.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/search_run.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/search/run.hpp"

namespace espalier::app {

namespace {

std::string json_line(const Evaluation& evaluation, const SearchSpace& space)
{
    std::string metrics;
    for (const auto& [metric, value] : evaluation.metrics)
        metrics +=
            (metrics.empty() ? "" : ", ") + report::json_text(report::printable(metric)) + ": " + report::exact(value);
    std::string line =
        "{\"architecture\": " + report::json_text(report::printable(space.text(evaluation.architecture))) +
        ", \"key\": " + report::json_text(report::printable(space.key(evaluation.architecture))) +
        ", \"status\": " + report::json_text(name(evaluation.status)) + ", \"metrics\": {" + metrics + "}";
    if (!evaluation.reason.empty())
        line += ", \"reason\": " + report::json_text(report::printable(evaluation.reason));
    return line + "}";
}

int evaluate(const Arguments& arguments)
{
    const host::Verbosity verbosity = chosen_verbosity(arguments);
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    Loaded loaded = load(arguments.positional[0], overrides(arguments), plugins);
    auto& [experiment, parts] = loaded;
    const std::vector<Architecture> architectures =
        named_architectures(std::span(arguments.positional).subspan(1), *parts.space);

    host::Terminal terminal(stderr);
    host::Experiment unlimited = experiment;  // nothing is searched: progress has no budget to tell of
    unlimited.budget = {};
    host::Progress progress(unlimited, terminal, verbosity);
    const Interrupt interrupt;
    std::vector<Evaluation> evaluations;
    std::string lines;
    {
        const host::PluginOutput to_standard_error;
        evaluations = host::evaluate_only(experiment, parts, architectures, progress, interrupt.stop());
        for (const Evaluation& evaluation : evaluations)
            lines += json_line(evaluation, *parts.space) + "\n";
    }
    terminal.clear();
    std::fputs(lines.c_str(), stdout);
    if (interrupt.stop())
        return kInterrupted;
    const bool any_failed =
        std::ranges::any_of(evaluations, [](const Evaluation& e) { return e.status == Status::failed; });
    return any_failed ? kFailed : kDone;
}

}  // namespace

Command evaluate_command()
{
    return {
        .name = "evaluate",
        .positional = "FILE ARCH...",
        .summary = "metrics of given architectures, no search",
        .description =
            "Prints one JSON line an architecture, with its metrics under the file's costs, evaluator and `final`.\n"
            "ARCH is written as the space writes it; quote it. Nothing is stored. Status 1: one of them failed.",
        .least_positional = 2,
        .options = {kSet, kWorkers, kPluginPath, kQuiet, kVerbose},
        .run = evaluate};
}

}  // namespace espalier::app
