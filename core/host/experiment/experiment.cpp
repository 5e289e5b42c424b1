// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "espalier/number_in.hpp"
#include "espalier/sdk/files.hpp"

#include "host/experiment/error_places.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "host/experiment/key_check.hpp"
#include "host/experiment/overrides.hpp"
#include "host/experiment/resolved.hpp"

namespace espalier::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoDirectory = "is empty; the directory of a run is needed";
constexpr std::string_view kSeedRun = "seed-";  // how runs in a folder of seeds are named
constexpr std::size_t kMostExperimentBytes = std::size_t{1} << 20;

fs::path directory_at(const Config& value)
{
    fs::path path;
    OptionTraits<fs::path>::read(value, path);
    return fs::absolute(path).lexically_normal();
}

/// The directory itself, or of a folder of seeds the runs in it, by their seeds.
std::vector<fs::path> runs_at(const fs::path& directory)
{
    std::error_code none;
    std::map<std::uint64_t, fs::path> of_seeds;
    if (!fs::exists(directory / "run.db", none))
        for (const fs::directory_entry& entry : fs::directory_iterator(directory, none)) {
            const std::string name = entry.path().filename().string();
            const auto seed = name.starts_with(kSeedRun)
                                  ? number_in<std::uint64_t>(std::string_view(name).substr(kSeedRun.size()))
                                  : std::nullopt;
            if (seed && fs::is_regular_file(entry.path() / "run.db", none))
                of_seeds.emplace(*seed, entry.path());
        }
    std::vector<fs::path> runs;
    for (auto& [seed, run] : of_seeds)
        runs.push_back(std::move(run));
    return runs.empty() ? std::vector{directory} : runs;
}

/// Fills an Experiment from its checked top level, section by section.
class Reader {
public:
    Reader(Experiment& experiment, KeyCheck& check, Diagnostics& diagnostics)
        : experiment_{experiment}, check_{check}, diagnostics_{diagnostics}
    {
    }

    void read(const Config& root)
    {
        const Config top = check_.top_level(root);
        read_values(top);
        one(top, "data", experiment_.data);
        one(top, "evaluator", experiment_.evaluator);
        one(top, "reward", experiment_.reward);
        if (const Config* space = top.find("space"))
            experiment_.space = *space;
        if (const Config* strategy = top.find("strategy"))
            experiment_.strategy = *strategy;
        many(top, "costs", experiment_.costs);
        many(top, "final", experiment_.finals);
        many(top, "verify", experiment_.verifiers);
        note_faulty(root, top);
        each<ConstraintOptions>(top, "constraints", [&](const Config& c, const auto& o) { constraint(c, o); });
        each<ObjectiveOptions>(top, "objectives", [&](const Config& c, const auto& o) { objective(c, o); });
        each<WinnersOptions>(top, "winners", [&](const Config& c, const auto& o) { shortlist(c, o); });
        each<BudgetOptions>(top, "budget", [&](const Config&, const auto& o) {
            experiment_.budget = {o.evaluations, o.minutes};
        });
        each<ExecutionOptions>(top, "execution", [&](const Config& c, const auto& o) { execution(c, o); });
        each<StartOptions>(top, "start", [&](const Config& c, const auto& o) {
            if (o.run.empty()) {
                diagnostics_.add(c.find("run")->error(kNoDirectory));
                return;
            }
            experiment_.start = fs::absolute(o.run).lexically_normal();
            experiment_.start_best = o.best;
        });
    }

private:
    /// A component is faulty if an error stands anywhere in it, whoever found it: the YAML reader, a check, an
    /// override.
    void note_faulty(const Config& root, const Config& top)
    {
        for (const Option& option : experiment_options()) {
            const Config* corrected = top.find(option.name);
            if (corrected == nullptr && option.required)
                experiment_.faulty.push_back(option.name);
            if (corrected == nullptr || option.type != OptionType::component)
                continue;
            const auto item = std::ranges::find_if(root.items, [&](const Config& raw) {
                return raw.path == corrected->path && raw.file == corrected->file;
            });
            const bool list = item->type == Config::Type::list;
            if (told_at(diagnostics_, *item) || (!list && told_below(diagnostics_, *item)))
                experiment_.faulty.push_back(option.name);
            for (std::size_t i = 0; list && i < item->items.size(); ++i)
                if (told_at(diagnostics_, item->items[i]) || told_below(diagnostics_, item->items[i]))
                    experiment_.faulty.push_back(fmt::format("{}.{}", option.name, i));
        }
    }

    void read_values(const Config& top)
    {
        if (const Config* name = top.find("name"); name != nullptr && name->type == Config::Type::scalar) {
            experiment_.name = name->scalar;
            if (name->scalar.empty())
                diagnostics_.add(name->error("the name is empty"));
        }
        if (const Config* seed = top.find("seed"); seed != nullptr && !told_at(diagnostics_, *seed))
            guarded([&] { OptionTraits<std::uint64_t>::read(*seed, experiment_.seed); });
        if (const Config* reuse = top.find("reuse"))
            for (const Config& item : reuse->items)
                if (item.type == Config::Type::scalar && !item.scalar.empty())
                    for (fs::path& run : runs_at(directory_at(item)))
                        experiment_.reuse.push_back(std::move(run));
    }
    static void one(const Config& top, const char* key, std::optional<Config>& part)
    {
        if (const Config* item = top.find(key))
            part = *item;
    }
    static void many(const Config& top, const char* key, std::vector<Config>& parts)
    {
        if (const Config* list = top.find(key); list != nullptr && list->type == Config::Type::list)
            parts = list->items;
    }

    /// Calls `use` with the options of the section, or of each element of its list, that is free of errors.
    template <class Struct, class Use>
    void each(const Config& top, const char* key, Use use)
    {
        const Section& section = *experiment_section(key);
        const Config* item = top.find(key);
        if (item == nullptr)
            return;
        const std::size_t before = diagnostics_.errors.size();
        const auto read_one = [&](const Config& map) {
            if (const std::optional<Config> right = check_.section(map, section.options))
                guarded([&] {
                    Struct values;
                    read_map(*right, section.options, &values);
                    use(*right, values);
                });
        };
        if (!section.list)
            read_one(*item);
        else if (item->type == Config::Type::list)
            std::ranges::for_each(item->items, read_one);
        else
            diagnostics_.add(item->error(
                fmt::format("must be a list of maps, for example [{{{}: ...}}]", section.options.front().name)));
        if (diagnostics_.errors.size() != before)
            experiment_.faulty.emplace_back(key);
    }
    template <class Work>
    void guarded(Work work)
    {
        try {
            work();
        } catch (const ConfigError& wrong) {
            for (const Diagnostic& error : wrong.errors())
                if (std::ranges::find(diagnostics_.errors, error) == diagnostics_.errors.end())
                    diagnostics_.add(error);
        }
    }

    void constraint(const Config& c, const ConstraintOptions& o)
    {
        if (!o.min && !o.max)
            c.fail("bounds nothing: give `min`, `max` or both");
        if (o.min && o.max && *o.min > *o.max)
            c.find("min")->fail(
                fmt::format("min {} is above max {}: no architecture could satisfy this", *o.min, *o.max));
        Constraint& made = experiment_.constraints.emplace_back();
        made.metric = o.metric.name;
        made.minimum = o.min.value_or(made.minimum);
        made.maximum = o.max.value_or(made.maximum);
        made.winners_only = o.enforce == "winners";
    }
    void objective(const Config& c, const ObjectiveOptions& o)
    {
        for (const Objective& other : experiment_.objectives)
            if (other.metric == o.metric.name)
                c.find("metric")->fail(fmt::format("'{}' is an objective already", o.metric.name));
        experiment_.objectives.push_back({o.metric.name, o.goal == "max", false});
    }
    void shortlist(const Config& c, const WinnersOptions& o)
    {
        if (experiment_.objectives.size() > 1)
            c.fail(
                fmt::format("keeps the best by one objective or a reward, and this experiment has {} objectives; all "
                            "of their front go to `final`",
                            experiment_.objectives.size()));
        for (const Objective& objective : experiment_.objectives)
            if (objective.metric == o.by.name && objective.maximise != (o.goal == "max"))
                c.fail(
                    fmt::format("has the goal {}, and the objective of the same metric has the other one; say "
                                "`goal: {}`",
                                o.goal, objective.maximise ? "max" : "min"));
        experiment_.shortlist = {o.keep, o.by.name, o.goal == "max"};
    }
    static void check_devices(const Config& devices)
    {
        for (const Config& item : devices.items) {
            const std::string& device = item.scalar;
            const bool numbered = device.starts_with("cuda:") && device.size() > 5 && device.size() < 9 &&
                                  device.find_first_not_of("0123456789", 5) == std::string::npos;
            if (device != "cpu" && device != "cuda" && !numbered)
                item.fail(fmt::format("'{}' is no device{}", device, suggestion(device, {"cpu", "cuda", "cuda:1"})));
            if ((device == "cpu") != (devices.items.front().scalar == "cpu"))
                item.fail("mixes cpu with other devices: results would depend on which worker came to which");
        }
        if (devices.items.empty())
            devices.fail("names no device");
    }
    void execution(const Config& c, const ExecutionOptions& o)
    {
        if (const Config* devices = c.find("device"))
            check_devices(*devices);
        if (o.on_failure == "retry" && o.retries == 0)
            c.find("on_failure")->fail("retry needs `retries` of at least 1");
        if (o.on_failure != "retry" && o.retries > 0)
            c.find("retries")->fail("has an effect only with on_failure: retry");
        experiment_.execution = {o.workers, o.threads, o.device.front(), o.device};
        experiment_.replicas = o.replicas;
        experiment_.on_failure = o.on_failure == "skip"    ? OnFailure::skip
                                 : o.on_failure == "retry" ? OnFailure::retry
                                                           : OnFailure::abort;
        experiment_.retries = o.retries;
        experiment_.timeout_s = o.timeout_s;
    }

    Experiment& experiment_;
    KeyCheck& check_;
    Diagnostics& diagnostics_;
};

std::optional<std::string> contents(const fs::path& file, Diagnostics& diagnostics)
{
    try {
        return read_file(file, kMostExperimentBytes);
    } catch (const Error& error) {
        diagnostics.add({"", 0, 0, "", "", error.what()});
        return std::nullopt;
    }
}

void check_run(const Config& place, const fs::path& directory, Diagnostics& diagnostics)
{
    std::error_code why;
    const fs::file_status status = fs::status(directory / "run.db", why);
    if (!fs::is_regular_file(status))
        diagnostics.add(place.error(
            fmt::format("'{}' is not the directory of a run: {}", directory.string(),
                        status.type() == fs::file_type::none ? why.message() : "there is no run.db in it")));
}

}  // namespace

std::string bounds(const Constraint& constraint)
{
    std::string text;
    if (std::isfinite(constraint.maximum))
        text = fmt::format("at most {}", constraint.maximum);
    if (std::isfinite(constraint.minimum))
        text += fmt::format("{}at least {}", text.empty() ? "" : " and ", constraint.minimum);
    return text;
}

Experiment parse_experiment(std::string_view yaml, const fs::path& file, std::span<const Override> overrides,
                            const Catalog& catalog, Diagnostics& diagnostics)
{
    Experiment experiment;
    experiment.file = fs::absolute(file).lexically_normal();
    experiment.name = file.stem().string();
    const std::size_t before = diagnostics.errors.size();
    Config root = parse_config(yaml, file.string(), diagnostics);
    if (root.type != Config::Type::map) {
        if (diagnostics.errors.size() == before)
            diagnostics.add(
                root.error("an experiment is a map of keys, of which `space` and `strategy` must be there"));
        experiment.faulty = {"space", "strategy"};
        return experiment;
    }
    apply_overrides(root, overrides, diagnostics);
    KeyCheck check(root, catalog, diagnostics);
    Reader(experiment, check, diagnostics).read(root);
    experiment.root = std::move(root);
    if (diagnostics.errors.size() == before)
        experiment.resolved = resolved_yaml(experiment, catalog);
    else
        sort_by_place(diagnostics, file.string());
    return experiment;
}

Experiment read_experiment(const fs::path& file, std::span<const Override> overrides, const Catalog& catalog,
                           Diagnostics& diagnostics)
{
    const std::optional<std::string> yaml = contents(file, diagnostics);
    if (!yaml) {
        Experiment unread;
        unread.faulty = {"space", "strategy"};
        return unread;
    }
    Experiment experiment = parse_experiment(*yaml, file, overrides, catalog, diagnostics);
    if (const Config* reuse = experiment.root.find("reuse")) {
        for (const Config& item : reuse->type == Config::Type::list ? std::span(reuse->items) : std::span(reuse, 1))
            if (item.type == Config::Type::scalar && item.scalar.empty())
                diagnostics.add(item.error(kNoDirectory));
            else if (item.type == Config::Type::scalar)
                check_run(item, runs_at(directory_at(item)).front(), diagnostics);
    }
    if (experiment.start)
        check_run(experiment.root.at_path("start.run"), *experiment.start, diagnostics);
    sort_by_place(diagnostics, file.string());
    return experiment;
}

}  // namespace espalier::host
