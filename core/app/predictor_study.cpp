// SPDX-License-Identifier: Apache-2.0
#include "host/study/predictor_study.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/number_in.hpp"

#include "app/command.hpp"
#include "app/comparable.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/tell/progress.hpp"
#include "host/tell/terminal.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

/// What `--space` names, or else the space of the first run.
class StudiedSpace {
public:
    StudiedSpace(const Arguments& arguments, std::span<const host::NamedRun> runs)
        : catalog_(find_plugins(arguments)), plugins_(catalog_)
    {
        if (!runs.empty())
            require_same_space(runs, catalog_);
        const std::optional<std::string> named = arguments.value("space");
        if (!named && runs.empty())
            throw UsageError(
                "espalier predictor-study: --space is missing; a CSV file does not tell its space: name one, for "
                "example --space ofa_mobilenet_v3, or an experiment file");
        if (!named)
            loaded_ = load(runs.front().store, plugins_);
        else if (fs::is_regular_file(*named))
            loaded_ = load(*named, {}, plugins_);
        else
            alone_ = plugins_.make<SearchSpace>(named_component(*named, "--space"), plugins_.setup());
    }
    const SearchSpace& operator*() const { return alone_ ? *alone_ : *loaded_->parts.space; }

private:
    host::Catalog catalog_;
    host::PluginHost plugins_;
    std::optional<Loaded> loaded_;
    std::unique_ptr<SearchSpace> alone_;
};

/// The words of a list, each of them one of `allowed`.
std::vector<std::string> names(const Arguments& arguments, const std::string& option, const std::string& otherwise,
                               const std::vector<std::string>& allowed)
{
    std::vector<std::string> all = arguments.list(option, otherwise);
    for (const std::string& name : all)
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            throw UsageError(fmt::format("--{} {}: is unknown{}", option, name, suggestion(name, allowed)));
    return all;
}

std::optional<double> above_zero(const Arguments& arguments, const std::string& option)
{
    const std::optional<std::string> text = arguments.value(option);
    if (!text)
        return std::nullopt;
    const std::optional<double> value = number_in<double>(*text);
    if (!value || !(*value > 0 && std::isfinite(*value)))
        throw UsageError(fmt::format("--{} {}: must be a number above 0", option, *text));
    return value;
}

host::PredictorStudy chosen_study(const Arguments& arguments)
{
    host::PredictorStudy study;
    for (const int count : arguments.counts("train", "100,200,500,1000"))
        study.train.push_back(static_cast<std::size_t>(count));
    study.test = static_cast<std::size_t>(arguments.count("test").value_or(500));
    study.trials = static_cast<std::size_t>(arguments.count("trials").value_or(100));
    study.models = names(arguments, "models", "ridge,svr_rbf,stacked", regression::regressor_names());
    for (const std::string& name :
         names(arguments, "features", "plain,masked,masked_depth", regression::feature_kind_names()))
        study.features.push_back(regression::feature_kind(name));
    if (arguments.choice("grid", {"small", "full"}) == "full")
        study.settings.grid = regression::Grid::full;
    study.settings.alpha = above_zero(arguments, "alpha");
    study.settings.c = above_zero(arguments, "c");
    study.seed = static_cast<std::uint64_t>(arguments.count("seed").value_or(1));
    return study;
}

int predictor_study(const Arguments& arguments)
{
    const report::Format format = chosen_format(arguments);
    const std::vector<std::string> logs = arguments.values("log");
    const std::optional<std::string> metric = arguments.value("metric");
    if (logs.empty() || !metric)
        throw UsageError(
            fmt::format("espalier predictor-study: --{} is missing", logs.empty() ? "log FILE|RUN" : "metric NAME"));
    const host::PredictorStudy study = chosen_study(arguments);

    const bool table = fs::is_regular_file(logs.front());
    if (table && logs.size() > 1)
        throw UsageError("--log: of tables there can be only one; of runs several");
    if (!table && !fs::exists(logs.front()))
        throw UsageError("--log " + logs.front() + ": does not exist");
    const std::vector<host::NamedRun> runs = table ? std::vector<host::NamedRun>{} : open_runs(logs);
    const StudiedSpace space(arguments, runs);
    const host::Examples examples = table ? host::examples_from_csv(logs.front(), *space, *metric)
                                          : host::examples_from_runs(runs, *space, *metric);

    const auto zeros = std::ranges::count(examples.values, 0.0);

    host::Terminal terminal(stderr);
    if (!arguments.has("quiet"))
        terminal.print(fmt::format("{} distinct networks; {} more rows were of the same, {} had no finite {}",
                                   examples.values.size(), examples.again, examples.without, *metric));
    const host::Experiment none;
    host::Progress progress(none, terminal, arguments.has("quiet") ? host::Verbosity::quiet : host::Verbosity::normal);
    const Interrupt interrupt;
    const std::vector<host::PredictorTrial> trials = host::run_study(*space, examples, study, [&](std::size_t done) {
        progress.phase("predictors", done, study.predictors());
        return !interrupt.stop();
    });
    progress.phase_ended("predictors");
    terminal.clear();
    if (const std::optional<std::string> file = arguments.value("csv"))
        write_file(*file, report::to_text(host::trial_table(trials), report::Format::csv));
    say(stdout, report::to_text(host::study_table(trials), format));
    if (zeros > 0 && !arguments.has("quiet"))
        terminal.print(
            fmt::format("mape_pct is empty: {} of the {} networks {} {} 0, of which no error is a percentage", zeros,
                        examples.values.size(), zeros == 1 ? "has" : "have", *metric));
    if (trials.size() < study.predictors()) {
        std::fflush(stdout);
        terminal.print(fmt::format("interrupted after {} of {} predictors: the table is of those", trials.size(),
                                   study.predictors()));
        return kInterrupted;
    }
    return kDone;
}

}  // namespace

Command predictor_study_command()
{
    return {
        .name = "predictor-study",
        .positional = "--log FILE|RUN --metric NAME",
        .summary = "how well a metric is predicted from few networks",
        .description =
            "In every trial, TEST networks are set aside at random; each model learns METRIC from the first 100,\n"
            "200, ... of the others and predicts those set aside. The table has the mean absolute percentage error\n"
            "and the correlations of the ranks (Kendall's tau-b, Spearman's rho), means over the trials with their\n"
            "standard deviations. A log is a CSV file (also .gz, .xz) with a column for METRIC and columns for the\n"
            "decisions of the space, one for each or lists, or the runs of an experiment.",
        .most_positional = 0,
        .options = {{"log", "FILE|RUN", "table of networks, or runs; runs may be several", true},
                    {"metric", "NAME", "what is predicted: a column of the table, a metric of the runs"},
                    {"space", "SPACE",
                     "of a table: a search space of a plug-in (ofa_mobilenet_v3, or with options '{use: "
                     "ofa_mobilenet_v3, width: 1.2}'), or an experiment file; default: the run's"},
                    {"train", "N,...", "networks to learn from; default 100,200,500,1000"},
                    {"test", "N", "networks set aside; default 500"},
                    {"trials", "N", "default 100"},
                    {"models", "NAME,...",
                     "ridge, bayesian_ridge, svr_rbf, svr_linear, stacked, auto; default ridge,svr_rbf,stacked"},
                    {"features", "NAME,...",
                     "plain, masked, masked_depth, pairwise, counts, levels; default plain,masked,masked_depth"},
                    {"grid", "GRID", "small (default) or full: the values that cross-validation tries"},
                    {"alpha", "X", "this alpha of ridge, no search"},
                    {"c", "X", "this C of support vector regression, no search"},
                    {"seed", "N", "of the trials' choice of networks; default 1"},
                    {"csv", "FILE", "write the figures of every trial, and what cross-validation chose"},
                    kFormat,
                    kQuiet,
                    kPluginPath},
        .run = predictor_study};
}

}  // namespace espalier::app
