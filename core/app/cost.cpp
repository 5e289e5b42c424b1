// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/search_run.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/price/cost_breakdown.hpp"

namespace espalier::app {

namespace {

int cost(const Arguments& arguments)
{
    const host::Verbosity verbosity = chosen_verbosity(arguments);
    const report::Format format = chosen_format(arguments);
    const host::Cutting cutting = chosen_parts(arguments);
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    const Loaded loaded = load(arguments.positional[0], overrides(arguments), plugins);
    const host::Experiment& experiment = loaded.experiment;
    const host::Components& parts = loaded.parts;
    if (parts.costs.empty())
        throw UsageError(arguments.positional[0] + ": has no `costs`, so there is nothing to price with");
    const std::vector<Architecture> architectures =
        named_architectures(std::span(arguments.positional).subspan(1), *parts.space);

    host::Terminal terminal(stderr);
    host::Progress progress(experiment, terminal, verbosity);
    const Interrupt interrupt;
    const std::vector<host::CostBreakdown> breakdowns = [&] {
        const host::PluginOutput to_standard_error;
        return host::cost_breakdowns(experiment, parts, architectures, cutting, progress, interrupt.stop());
    }();
    terminal.clear();
    say(stdout, report::to_text(host::breakdown_table(breakdowns), format));
    std::fflush(stdout);
    if (interrupt.stop())
        return kInterrupted;
    for (const host::CostBreakdown& breakdown : breakdowns)
        for (const std::string& note : breakdown.notes)
            say(stderr, fmt::format("{}: {}\n", breakdown.architecture, note));
    return std::ranges::any_of(breakdowns, &host::CostBreakdown::failed) ? kFailed : kDone;
}

}  // namespace

Command cost_command()
{
    return {
        .name = "cost",
        .positional = "FILE ARCH...",
        .summary = "what given architectures cost, part by part",
        .description =
            "Prices given architectures, and the blocks or layers that they consist of, with all cost models of the\n"
            "file: one row a part, the parts' sum, and the whole. Of each cost also its share of the sum; the part\n"
            "whose shares under the models differ most is marked. A model that cannot price parts has totals only.\n"
            "ARCH is written as the space writes it; quote it. Nothing is stored. Status 1: one could not be priced.",
        .least_positional = 2,
        .options = {kBy, kFormat, kSet, kWorkers, kPluginPath, kQuiet, kVerbose},
        .run = cost};
}

}  // namespace espalier::app
