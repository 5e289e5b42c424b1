// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "folder_bytes.hpp"
#include "report.hpp"

namespace espalier::conformance {
namespace {

constexpr std::size_t kDecisions = 6, kOptions = 4;

/// A chain of choices of an activation: small, superposable, every architecture a network of its own.
class Chain final : public SearchSpace {
public:
    Chain(std::size_t decisions, std::size_t options)
    {
        std::size_t x = super_.add(Op::input, {}, {{"shape", {4}}});
        const std::vector<Op> ops{Op::relu, Op::tanh, Op::sigmoid, Op::gelu};
        for (std::size_t d = 0; d < decisions; ++d) {
            Decision& decision = decisions_.emplace_back();
            decision.name = "activation " + std::to_string(d);
            std::vector<std::size_t> layers;
            for (std::size_t option = 0; option < options; ++option) {
                decision.options.emplace_back(espalier::name(ops[option]));
                layers.push_back(super_.add(ops[option], {x}));
            }
            x = super_.add(Op::choice, layers, {{"decision", {static_cast<double>(d)}}});
        }
    }
    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override { return resolved(super_, region); }

private:
    std::vector<Decision> decisions_;
    Network super_;
};

/// Smooth enough to be learnt, with one best architecture: the last option everywhere.
double score(const Architecture& a)
{
    double sum = 0;
    for (std::size_t d = 0; d < a.choices.size(); ++d)
        sum += static_cast<double>((d + 1) * a.choices[d]);
    return 1 + sum;  // positive: rewards are products
}

double cost(const Architecture& a)
{
    double sum = 1;
    for (const std::uint16_t choice : a.choices)
        sum += choice;
    return sum;
}

/// Four steps; what is learnt depends on each path seen and on their order.
class ToyTraining final : public Phase {
public:
    ToyTraining(std::uint64_t& learnt, Sampler paths) : learnt_{learnt}, paths_{std::move(paths)} {}
    bool step(Step& step) override
    {
        learnt_ = stable_hash(to_string(paths_(step.rng)), learnt_ + 1);
        return step.index < 3;
    }
    void save(const std::string& folder) const override { std::ofstream(folder + "/learnt") << learnt_; }
    void load(const std::string& folder) override
    {
        if (!(std::ifstream(folder + "/learnt") >> learnt_))
            throw Error("'" + folder + "/learnt' is missing or damaged");
    }

private:
    std::uint64_t& learnt_;
    Sampler paths_;
};

/// `score` for every objective that is no cost; one that learns adds what the paths have taught it.
class ToyEvaluator final : public Evaluator {
public:
    ToyEvaluator(std::vector<std::string> metrics, bool trains) : metrics_{std::move(metrics)}, trains_{trains} {}
    bool trains() const override { return trains_; }
    std::unique_ptr<Phase> training(const Region&, Sampler paths) override
    {
        return trains_ ? std::make_unique<ToyTraining>(learnt_, std::move(paths)) : nullptr;
    }
    /// Other numbers for other learning; small beside the score's own.
    double score(const Architecture& a) const
    {
        return conformance::score(a) +
               (learnt_ == 0 ? 0 : static_cast<double>(stable_hash(to_string(a), learnt_) % 1'000) / 1e4);
    }
    std::vector<std::string> metrics() const override { return metrics_; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& c : batch) {
            Evaluation& result = results.emplace_back(Evaluation{c.architecture(), {}, Status::ok, ""});
            for (const std::string& metric : metrics_)
                result.metrics[metric] = score(c.architecture());
        }
        return results;
    }

private:
    std::vector<std::string> metrics_;
    bool trains_;
    std::uint64_t learnt_ = 0;
};

class ToyCost final : public CostModel {
public:
    std::vector<std::string> metrics() const override { return {"cost"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& c : batch)
            results.push_back({c.architecture(), {{"cost", cost(c.architecture())}}, Status::ok, ""});
        return results;
    }
};

class ToyReward final : public Reward {
public:
    explicit ToyReward(std::string metric) : metric_{std::move(metric)} {}
    double operator()(const Metrics& metrics) const override
    {
        const auto found = metrics.find(metric_);
        if (found == metrics.end())
            throw Error("the metric '" + metric_ + "' is missing");
        return found->second;
    }

private:
    std::string metric_;
};

enum class Trouble { none, failures, infeasible };

/// What one run of the strategy did.
struct Visits {
    std::vector<Evaluation> evaluations;
    std::map<std::string, int, std::less<>> streams;
    std::vector<MadePhase> phases;
    std::vector<std::pair<std::string, std::string>> winners;  ///< name, architecture and metrics
    std::vector<Bytes> saved;                                  ///< of each phase after its last step
};

class Trial {
public:
    Trial(Report& report, const std::function<std::unique_ptr<Strategy>(const Setup&)>& make,
          const StrategyTrial& trial)
        : report_{report}, make_{make}, trial_{trial}, reward_{trial.objectives.at(0).metric}
    {
    }

    std::optional<Visits> run(const SearchSpace& space, const std::string& what, std::uint64_t seed = 1,
                              Trouble trouble = Trouble::none, std::vector<Evaluation> known = {},
                              std::vector<MadePhase> resume = {})
    {
        ToyEvaluator evaluator(scores(trial_), trial_.trains);
        Setup setup;
        setup.space = &space;
        setup.costs = {&cost_};
        setup.evaluator = &evaluator;
        setup.reward = &reward_;
        setup.objectives = trial_.objectives;
        setup.make_component = [](Kind, const Config&, const Setup&) -> std::unique_ptr<Component> {
            throw Error("nested components cannot be made in this trial");
        };
        std::unique_ptr<Strategy> strategy;
        try {
            strategy = make_(setup);
        } catch (const Error& e) {
            refusal_ = e.what();
            return std::nullopt;
        }
        MemorySearch search{{&space, [&, trouble](const Architecture& a) { return evaluated(evaluator, a, trouble); },
                             [](const Architecture& a) {
                                 return Metrics{{"cost", cost(a)}};
                             },
                             [this](const Metrics& m) { return reward_(m); }, trial_.objectives, std::move(known),
                             trial_.budget, seed, &evaluator, trial_.scratch, std::move(resume)}};
        if (!report_.survives(what, [&] { strategy->search(search); }))
            return std::nullopt;
        Visits visits{search.visits(), search.streams(), search.phases(), {}, {}};
        for (const Winner& winner : search.winners())
            visits.winners.emplace_back(winner.name, shown(winner));
        if (!trial_.scratch.empty())
            for (const MadePhase& made : visits.phases)
                visits.saved.push_back(bytes_below(search.saved(made.name, made.steps)));
        return visits;
    }

    /// Every phase in turn is interrupted after its first step, and in its middle.
    void resumed(const SearchSpace& space, const Visits& whole)
    {
        for (std::size_t p = 0; p < whole.phases.size(); ++p)
            for (const std::size_t k : {std::size_t{1}, (whole.phases[p].steps + 1) / 2}) {
                std::vector<MadePhase> made(whole.phases.begin(),
                                            whole.phases.begin() + static_cast<std::ptrdiff_t>(p));
                made.push_back({whole.phases[p].name, k, k == whole.phases[p].steps});
                const std::string what =
                    "interrupted in '" + whole.phases[p].name + "' after step " + std::to_string(k);
                const auto again =
                    run(space, "the search that goes on, " + what, 1, Trouble::none, {}, std::move(made));
                if (!again)
                    continue;
                report_.require(again->evaluations == whole.evaluations, "a resumed search visits others", what);
                report_.require(again->winners == whole.winners, "a resumed search announces other winners", what);
                report_.require(again->phases == whole.phases && again->saved == whole.saved,
                                "a resumed search ends with other phases", what);
            }
    }

    const std::string& refusal() const { return refusal_; }

private:
    static std::vector<std::string> scores(const StrategyTrial& trial)
    {
        std::vector<std::string> metrics;
        for (const Objective& objective : trial.objectives)
            if (objective.metric != "cost")
                metrics.push_back(objective.metric);
        return metrics;
    }

    static std::string shown(const Winner& winner)
    {
        std::string text = winner.architecture ? to_string(*winner.architecture) : "";
        for (const auto& [metric, value] : winner.metrics)
            text += " " + metric + "=" + std::to_string(value);
        return text;
    }

    static Evaluation evaluated(const ToyEvaluator& evaluator, const Architecture& a, Trouble trouble)
    {
        Evaluation result{a, {{"cost", cost(a)}}, Status::ok, ""};
        const std::uint64_t drawn = stable_hash(to_string(a)) >> 7U;
        if (trouble == Trouble::infeasible && drawn % 2 == 0) {
            result.status = Status::infeasible;
            result.reason = "a constraint on costs does not hold";
        } else if (trouble == Trouble::failures && drawn % 3 == 0) {
            result.status = Status::failed;
            result.reason = "this one fails on purpose";
        } else {
            for (const std::string& metric : evaluator.metrics())
                result.metrics[metric] = evaluator.score(a);
        }
        return result;
    }

    Report& report_;
    const std::function<std::unique_ptr<Strategy>(const Setup&)>& make_;
    const StrategyTrial& trial_;
    ToyCost cost_;
    ToyReward reward_;
    std::string refusal_;
};

}  // namespace

Violations check_strategy(const std::function<std::unique_ptr<Strategy>(const Setup&)>& make,
                          const StrategyTrial& trial)
{
    Report report;
    const Chain chain{kDecisions, kOptions}, tiny{2, 2};
    const SearchSpace& space = trial.space != nullptr ? *trial.space : chain;
    Trial of{report, make, trial};

    const auto first = of.run(space, "the search");
    if (!first) {
        report.require(of.refusal().empty(), "the strategy refuses the trial's setup", of.refusal());
        return report.take();
    }
    report.require(!first->evaluations.empty(), "the search ends without an evaluation");
    for (const auto& [stream, times] : first->streams)
        report.require(times == 1, "a random stream is asked for several times, and each time holds the same numbers",
                       "'" + stream + "', " + std::to_string(times) + " times");

    if (const auto again = of.run(space, "the search"))
        report.require(again->evaluations == first->evaluations, "the same seed gives other visits");
    const bool all_of_it = static_cast<double>(first->evaluations.size()) >= Region(space.decisions()).size();
    if (const auto other = of.run(space, "the search with another seed", 2);
        other && !first->streams.empty() && !all_of_it)
        report.require(other->evaluations != first->evaluations, "another seed gives the same visits");

    if (!trial.scratch.empty()) {
        // last saved by another seed, so once more
        if (const auto whole = of.run(space, "the search"))
            of.resumed(space, *whole);
    }
    of.run(space, "the search where every third evaluation fails", 1, Trouble::failures);
    of.run(space, "the search where every other architecture is infeasible", 1, Trouble::infeasible);
    const std::size_t some = std::min<std::size_t>(first->evaluations.size(), 5);
    of.run(space, "the search that starts from known evaluations", 1, Trouble::none,
           {first->evaluations.begin(), first->evaluations.begin() + static_cast<std::ptrdiff_t>(some)});
    if (trial.space == nullptr)
        of.run(tiny, "the search in a space smaller than its budget");
    if (!trial.scratch.empty())
        for (const auto& entry : std::filesystem::directory_iterator(trial.scratch))
            std::filesystem::remove_all(entry.path());
    return report.take();
}

}  // namespace espalier::conformance
