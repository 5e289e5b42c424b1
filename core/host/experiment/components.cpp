// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/components.hpp"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "host/experiment/error_places.hpp"
#include "host/experiment/fingerprint.hpp"
#include "host/experiment/metric_check.hpp"
#include "host/plugins/named_component.hpp"

namespace espalier::host {
namespace {

/// Makes the parts one after the other. After a failure the others are still made, to hear what is wrong with them.
class Assembly {
public:
    Assembly(const Experiment& experiment, PluginHost& host, Diagnostics& diagnostics)
        : experiment_{experiment}, host_{host}, diagnostics_{diagnostics}, metrics_{diagnostics}
    {
        incomplete_ = is_faulty("costs") || is_faulty("objectives") || is_faulty("constraints");
        parts_.setup = host.setup();
        parts_.setup.objectives = experiment.objectives;
        parts_.setup.constraints = experiment.constraints;
        parts_.setup.execution = experiment.execution;
        parts_.setup.replicas = [asked = replicas_asked_, replicas = experiment.replicas] {
            *asked = true;
            return replicas;
        };
    }

    Components assemble() &&
    {
        const std::size_t before = diagnostics_.errors.size();
        make_surroundings();
        make_costs();
        make_evaluator();
        make_finals();
        make_verifiers();
        check_metrics();
        make_method();
        check_replicas();
        if (diagnostics_.errors.size() == before && refusals_.empty() && experiment_.faulty.empty())
            add_fingerprints();
        return finished();
    }
    Components assemble_space() &&
    {
        make_surroundings();
        return finished();
    }
    Components assemble_costs() &&
    {
        make_surroundings();
        make_costs();
        const bool learn = std::ranges::any_of(parts_.costs, [](const auto& cost) { return cost->trains(); });
        if (learn && parts_.costs.size() == experiment_.costs.size()) {  // what is learnt is known by it
            Fingerprints prints(experiment_, host_.catalog());
            add_cost_fingerprints(prints);
        }
        return finished();
    }

private:
    Components finished()
    {
        sort_by_place(diagnostics_, experiment_.root.file);
        if (diagnostics_.empty() && !refusals_.empty())
            throw PluginError(refusals_.front());
        for (std::string& refusal : refusals_)
            diagnostics_.add({"", 0, 0, "", "", std::move(refusal)});
        return std::move(parts_);
    }
    void make_surroundings()
    {
        if (experiment_.data)
            parts_.data = make<Data>(*experiment_.data, "data", "data");
        parts_.setup.data = parts_.data.component.get();
        parts_.space = make<SearchSpace>(experiment_.space, "space", "space");
        parts_.setup.space = parts_.space.component.get();
    }
    void make_costs()
    {
        if (is_faulty("costs"))
            metrics_.add_unknown();
        for (std::size_t i = 0; i < experiment_.costs.size(); ++i) {
            const std::string place = fmt::format("costs.{}", i);
            Part<CostModel> cost = named(make<CostModel>(experiment_.costs[i], place, fmt::format("cost {}", i)));
            if (!note_metrics(cost, MetricSource::cost, experiment_.costs[i], place))
                continue;
            parts_.setup.costs.push_back(cost.component.get());
            parts_.costs.push_back(std::move(cost));
        }
    }
    void make_evaluator()
    {
        if (!experiment_.evaluator)
            return;
        Part<Evaluator> made = make<Evaluator>(*experiment_.evaluator, "evaluator", "evaluator");
        parts_.setup.evaluator = made.component.get();  // itself, for a partner that knows more of it than others
        parts_.evaluator = named(std::move(made));
        note_metrics(parts_.evaluator, MetricSource::evaluator, *experiment_.evaluator, "evaluator");
    }
    void make_finals()
    {
        for (std::size_t i = 0; i < experiment_.finals.size(); ++i) {
            const std::string place = fmt::format("final.{}", i);
            Part<Evaluator> made = named(make<Evaluator>(experiment_.finals[i], place, fmt::format("final {}", i)));
            if (made && !is_faulty(place)) {
                metrics_.add(made->metrics(), MetricSource::final, experiment_.finals[i], place);
                parts_.finals.push_back(std::move(made));
            }
        }
    }
    void make_verifiers()
    {
        for (std::size_t i = 0; i < experiment_.verifiers.size(); ++i) {
            const std::string place = fmt::format("verify.{}", i);
            Part<CostModel> made = named(make<CostModel>(experiment_.verifiers[i], place, fmt::format("verify {}", i)));
            if (made && !is_faulty(place)) {
                metrics_.add(made->metrics(), MetricSource::verify, experiment_.verifiers[i], place);
                metrics_.require_one_of(made->metrics(), experiment_.verifiers[i]);
                parts_.verifiers.push_back(std::move(made));
            }
        }
    }
    void check_metrics()
    {
        const std::size_t before = diagnostics_.errors.size();
        for (const char* section : {"objectives", "constraints"})
            if (const Config* list = experiment_.root.find(section))
                for (const Config& item : list->items)
                    if (const Config* metric = item.find("metric"); metric != nullptr && !metric->scalar.empty())
                        metrics_.require(metric->scalar, *metric);
        if (experiment_.shortlist && parts_.finals.size() == experiment_.finals.size())
            metrics_.require_final(experiment_.shortlist->by, experiment_.root.at_path("winners.by"));
        if (experiment_.reward)
            check_metrics_of(*experiment_.reward, Kind::reward, "reward");
        check_metrics_of(experiment_.strategy, Kind::strategy, "strategy");
        incomplete_ = incomplete_ || diagnostics_.errors.size() != before;
        for (Objective& objective : parts_.setup.objectives)
            objective.priced = metrics_.priced(objective.metric);
    }
    void check_metrics_of(const Config& config, Kind kind, const std::string& place)
    {
        if (is_faulty(place))  // a default may stand where a wrong value stood
            metrics_.require_given(what_is_right(config), kind, host_.catalog());
        else
            metrics_.require_options(config, kind, host_.catalog());
    }
    void make_method()
    {
        if (experiment_.reward)
            parts_.reward = named(make<Reward>(*experiment_.reward, "reward", "reward"));
        parts_.setup.reward = parts_.reward.component.get();
        parts_.strategy = named(make<Strategy>(experiment_.strategy, "strategy", "strategy"));
    }
    /// Replicas that no component knows of would change nothing but fingerprints.
    void check_replicas()
    {
        if (experiment_.replicas > 1 && !*replicas_asked_ && !incomplete_)
            diagnostics_.add(experiment_.root.at_path("execution.replicas")
                                 .error(fmt::format("{} would have no effect: no component of this experiment cuts its "
                                                    "batches into replicas",
                                                    experiment_.replicas)));
    }
    void add_cost_fingerprints(Fingerprints& prints)
    {
        for (std::size_t i = 0; i < parts_.costs.size(); ++i)
            parts_.costs[i].fingerprint = prints.of(experiment_.costs[i], Kind::cost_model);
    }
    /// Nothing is wrong: there is a part for each component of the experiment.
    void add_fingerprints()
    {
        Fingerprints prints(experiment_, host_.catalog());
        add_cost_fingerprints(prints);
        if (experiment_.evaluator)
            parts_.evaluator.fingerprint = prints.of(*experiment_.evaluator, Kind::evaluator);
        for (std::size_t i = 0; i < parts_.finals.size(); ++i)
            parts_.finals[i].fingerprint = prints.of(experiment_.finals[i], Kind::evaluator);
        for (std::size_t i = 0; i < parts_.verifiers.size(); ++i)
            parts_.verifiers[i].fingerprint = "verify " + prints.of(experiment_.verifiers[i], Kind::cost_model);
        // Nothing is shared under these two, but a change of their files is a change of the run.
        if (experiment_.reward)
            prints.of(*experiment_.reward, Kind::reward);
        prints.of(experiment_.strategy, Kind::strategy);
        parts_.file_hashes = prints.file_hashes();
    }

    /// Not the space, which is compared with that of candidates and cast by those who know it.
    template <class Interface>
    static Part<Interface> named(Part<Interface> part)
    {
        if (part)
            part.component = named_in_calls(std::move(part.component), part.who());
        return part;
    }
    bool is_faulty(const std::string& place) const
    {
        return std::ranges::find(experiment_.faulty, place) != experiment_.faulty.end();
    }
    template <class Interface>
    bool note_metrics(const Part<Interface>& part, MetricSource source, const Config& config, const std::string& place)
    {
        if (part && !is_faulty(place))
            metrics_.add(part->metrics(), source, config, place);
        else
            metrics_.add_unknown();
        return bool(part);
    }

    /// Without a component if it cannot be made. Every part may ask the space, so without one only it and the data are
    /// tried. A faulty part, whose errors are told, is tried with what is right of it: so the others need not miss it,
    /// and what only the part itself can tell is told too.
    template <class Interface>
    Part<Interface> make(const Config& config, const std::string& place, std::string role)
    {
        constexpr Kind kKind = kind_of<Interface>();
        const bool homeless = kKind != Kind::data && kKind != Kind::space && parts_.setup.space == nullptr;
        incomplete_ = incomplete_ || is_faulty(place) || homeless;
        const bool faulty = is_faulty(place);
        if (homeless || (faulty && config.find("use") == nullptr))
            return {};
        const Config tried = faulty ? what_is_right(config) : config;
        try {
            return {host_.make<Interface>(tried, parts_.setup), std::move(role), config.find("use")->scalar, "",
                    host_.catalog().named(kKind, tried)->plugin};
        } catch (const ConfigError& error) {
            tell(error.errors(), tried, kKind, faulty);
        } catch (const ExecutionError& error) {
            const Diagnostic told = experiment_.root.at_path("execution." + error.option()).error(error.what());
            if (std::ranges::find(diagnostics_.errors, told) == diagnostics_.errors.end())
                diagnostics_.add(told);  // of whoever is first
        } catch (const PluginError& error) {
            if (std::ranges::find(refusals_, error.what()) == refusals_.end())
                refusals_.emplace_back(error.what());
        }
        incomplete_ = true;
        return {};
    }
    /// Without the values that errors stand at: options with a default then have that.
    Config what_is_right(const Config& config) const
    {
        Config right = config;
        std::erase_if(right.items, [&](const Config& i) { return i.key != "use" && told_at(diagnostics_, i); });
        for (Config& item : right.items)
            item = what_is_right(item);
        return right;
    }
    /// Whether an error stands at a component, `config` or one nested in it, instead of at one of its options.
    static bool is_of_a_whole_part(const Diagnostic& error, const Config& config)
    {
        const Config* use = config.find("use");
        return (use != nullptr && (stands_at(error, config) || stands_at(error, *use))) ||
               std::ranges::any_of(config.items, [&](const Config& item) { return is_of_a_whole_part(error, item); });
    }
    /// Whether it is about an option of theirs that is not given, whose default is wrong here.
    bool is_of_a_default(const Diagnostic& error, const Config& config, Kind kind) const
    {
        const CatalogComponent* found = host_.catalog().named(kind, config);
        return found != nullptr && std::ranges::any_of(found->info.options, [&](const Option& option) {
                   const Config* given = config.find(option.name);
                   if (given == nullptr)
                       return stands_at(error, config) && error.option.substr(0, error.option.find('.')) == option.name;
                   if (option.type != OptionType::component)
                       return false;
                   const std::span<const Config> nested =
                       given->type == Config::Type::list ? std::span(given->items) : std::span(given, 1);
                   return std::ranges::any_of(
                       nested, [&](const Config& one) { return is_of_a_default(error, one, *option.kind); });
               });
    }
    /// What a part says of itself as a whole, while a partner is missing, is most likely that it misses it; and what a
    /// faulty one says so, that it misses its own values.
    void tell(const std::vector<Diagnostic>& errors, const Config& config, Kind kind, bool faulty)
    {
        for (const Diagnostic& error : errors)
            if (!incomplete_ || !is_of_a_whole_part(error, config) || (!faulty && is_of_a_default(error, config, kind)))
                diagnostics_.add(error);
    }

    const Experiment& experiment_;
    PluginHost& host_;
    Diagnostics& diagnostics_;
    KnownMetrics metrics_;
    Components parts_;
    std::vector<std::string> refusals_;
    std::shared_ptr<std::atomic<bool>> replicas_asked_ = std::make_shared<std::atomic<bool>>(false);
    bool incomplete_ = false;  // something is wrong that others may miss
};

}  // namespace

Components assemble(const Experiment& experiment, PluginHost& host, Diagnostics& diagnostics)
{
    return Assembly(experiment, host, diagnostics).assemble();
}

Components assemble_space(const Experiment& experiment, PluginHost& host, Diagnostics& diagnostics)
{
    return Assembly(experiment, host, diagnostics).assemble_space();
}

Components assemble_costs(const Experiment& experiment, PluginHost& host, Diagnostics& diagnostics)
{
    return Assembly(experiment, host, diagnostics).assemble_costs();
}

}  // namespace espalier::host
