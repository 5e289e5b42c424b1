// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

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

/// `score` for every objective that is no cost.
class ToyEvaluator final : public Evaluator {
public:
    explicit ToyEvaluator(std::vector<std::string> metrics) : metrics_{std::move(metrics)} {}
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
};

class Trial {
public:
    Trial(Report& report, const std::function<std::unique_ptr<Strategy>(const Setup&)>& make,
          const StrategyTrial& trial)
        : report_{report}, make_{make}, trial_{trial}, evaluator_{scores(trial)}, reward_{trial.objectives.at(0).metric}
    {
    }

    std::optional<Visits> run(const SearchSpace& space, const std::string& what, std::uint64_t seed = 1,
                              Trouble trouble = Trouble::none, std::vector<Evaluation> known = {})
    {
        Setup setup;
        setup.space = &space;
        setup.costs = {&cost_};
        setup.evaluator = &evaluator_;
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
        MemorySearch search{{&space, [=, this](const Architecture& a) { return evaluated(a, trouble); },
                             [](const Architecture& a) {
                                 return Metrics{{"cost", cost(a)}};
                             },
                             [this](const Metrics& m) { return reward_(m); }, trial_.objectives, std::move(known),
                             trial_.budget, seed}};
        if (!report_.survives(what, [&] { strategy->search(search); }))
            return std::nullopt;
        return Visits{search.visits(), search.streams()};
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

    Evaluation evaluated(const Architecture& a, Trouble trouble) const
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
            for (const std::string& metric : evaluator_.metrics())
                result.metrics[metric] = score(a);
        }
        return result;
    }

    Report& report_;
    const std::function<std::unique_ptr<Strategy>(const Setup&)>& make_;
    const StrategyTrial& trial_;
    ToyEvaluator evaluator_;
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

    of.run(space, "the search where every third evaluation fails", 1, Trouble::failures);
    of.run(space, "the search where every other architecture is infeasible", 1, Trouble::infeasible);
    const std::size_t some = std::min<std::size_t>(first->evaluations.size(), 5);
    of.run(space, "the search that starts from known evaluations", 1, Trouble::none,
           {first->evaluations.begin(), first->evaluations.begin() + static_cast<std::ptrdiff_t>(some)});
    if (trial.space == nullptr)
        of.run(tiny, "the search in a space smaller than its budget");
    return report.take();
}

}  // namespace espalier::conformance
