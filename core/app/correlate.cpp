// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "app/command.hpp"
#include "app/comparable.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/study/agreement_table.hpp"
#include "host/study/expansion.hpp"

namespace espalier::app {

namespace {

/// For a metric of `final` that is looked up, not trained.
class LookUp final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view name, Phase&) override
    {
        throw Error("correlate computes only what needs no training, and " + std::string(name) + " does");
    }
};

[[noreturn]] void refuse(const std::string& against, std::set<std::string> known, const host::Components& parts)
{
    for (const auto& final : parts.finals)
        for (const std::string& metric : final->metrics())
            known.insert(metric);
    throw UsageError("--against " + against + ": neither the search nor `final` gives that metric" +
                     suggestion(against, {known.begin(), known.end()}));
}

/// Adds what the component of `final` that gives `against` says of every evaluation that is ok.
void add_final(std::vector<Evaluation>& evaluations, const std::string& against, const host::Components& parts)
{
    const auto source = std::ranges::find_if(
        parts.finals, [&](const auto& final) { return std::ranges::count(final->metrics(), against) > 0; });
    if (source == parts.finals.end())
        refuse(against, host::metric_names(evaluations), parts);
    Evaluator& final = **source;
    if (final.trains() || final.measures())
        throw UsageError("--against " + against +
                         ": `final` trains or measures for it, which correlate does not; search with it as evaluator");

    std::vector<Candidate> candidates;
    std::map<std::string, std::size_t> place;  // key of the component -> candidate
    std::vector<std::size_t> candidate_of(evaluations.size());
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        if (!fits(evaluations[i].architecture, parts.space->decisions()))
            throw Error(
                "'" + to_string(evaluations[i].architecture) +
                "' is no architecture of the first run's space: the space has changed, or the runs differ in it");
        const Candidate candidate(*parts.space, evaluations[i].architecture);
        const auto [found, inserted] = place.try_emplace(final.key(candidate), candidates.size());
        if (inserted)
            candidates.push_back(candidate);
        candidate_of[i] = found->second;
    }
    LookUp context;
    const std::vector<Evaluation> looked_up = final.evaluate(candidates, context);
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        const Evaluation& found = looked_up.at(candidate_of[i]);
        if (found.ok())
            evaluations[i].metrics.insert(found.metrics.begin(), found.metrics.end());
    }
}

bool higher_is_better(const std::string& metric, const host::Experiment& experiment, const Arguments& arguments)
{
    if (arguments.has("goal"))
        return arguments.choice("goal", {"max", "min"}) == "max";
    const auto objective =
        std::ranges::find_if(experiment.objectives, [&](const Objective& o) { return o.metric == metric; });
    return objective == experiment.objectives.end() || objective->maximise;
}

int correlate(const Arguments& arguments)
{
    const report::Format format = chosen_format(arguments);
    const std::optional<std::string> against = arguments.value("against");
    if (!against)
        throw UsageError("espalier correlate: --against METRIC is missing");

    const std::vector<host::NamedRun> runs = open_runs(arguments.positional);
    const host::Catalog catalog = find_plugins(arguments);
    require_same_space(runs, catalog);
    std::vector<Evaluation> evaluations;
    const std::string per = arguments.choice("per", {"evaluation", "class", "architecture"});
    std::set<std::string> seen;
    const bool unique = arguments.has("unique");
    for (const host::NamedRun& run : runs)
        run.store.for_each_evaluation([&](const host::StoredEvaluation& stored) {
            if (stored.evaluation.ok() &&
                seen.insert(unique ? stored.key : to_string(stored.evaluation.architecture)).second)
                evaluations.push_back(stored.evaluation);
        });

    const host::Experiment experiment = stored_experiment(runs.front().store, catalog);
    host::PluginHost plugins(catalog);
    const bool from_final = !host::metric_names(evaluations).contains(*against);
    if (from_final || per != "evaluation") {
        const Loaded loaded = load(runs.front().store, plugins);
        if (per != "evaluation")
            evaluations = host::every_architecture(*loaded.parts.space, evaluations);
        if (from_final)
            add_final(evaluations, *against, loaded.parts);
        if (per == "class")
            evaluations = host::mean_by_key(*loaded.parts.space, std::move(evaluations));
    }
    const bool maximise = higher_is_better(*against, experiment, arguments);
    const report::Table table = host::agreement_table(evaluations, *against, maximise);
    say(stdout, report::to_text(table, format));
    std::fflush(stdout);
    if (evaluations.empty())
        std::fputs("nothing to correlate: no evaluation is ok\n", stderr);
    else if (table.rows.empty())
        say(stderr, "nothing to correlate: the evaluations have no metric but " + *against + "\n");
    return kDone;
}

}  // namespace

Command correlate_command()
{
    return {
        .name = "correlate",
        .positional = "DIR...",
        .summary = "how well each metric of a run tells another",
        .description =
            "For every metric of the evaluations that are ok: Spearman's rho, Kendall's tau-b, Pearson's r and the\n"
            "RMSE of METRIC about its least-squares line on that metric, each with a bootstrap standard error (200\n"
            "resamples, fixed seed), among all, the best half and the best fifth by METRIC; strongest first;\n"
            "and the mean METRIC of the 20 that it says are best.\n"
            "METRIC is one of the search, or one that a table in the experiment's `final` gives: it is then looked\n"
            "up for every architecture. Of several runs an architecture counts once.",
        .least_positional = 1,
        .options = {{"against", "METRIC", "the metric to be told"},
                    {"goal", "max|min", "which METRIC is best; default: as the experiment's objective, else max"},
                    {"unique", nullptr, "of architectures with the same key, the same network, only the first"},
                    {"per", "class|architecture",
                     "all architectures of the space whose key was evaluated: one row a key with the means of its\n"
                     "architectures, or one row each"},
                    kFormat,
                    kPluginPath},
        .run = correlate};
}

}  // namespace espalier::app
