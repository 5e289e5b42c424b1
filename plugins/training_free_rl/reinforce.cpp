// SPDX-License-Identifier: Apache-2.0
#include "reinforce.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "espalier/error.hpp"
#include "espalier/search.hpp"
#include "espalier/search_space.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"

#include "moving_average.hpp"

namespace espalier::training_free_rl {

void Reinforce::Options::describe(Describe<Options>& d)
{
    d("epochs", &Options::epochs, "updates of the controller").range(1, 1e7);
    d("samples", &Options::samples, "architectures an epoch; the update is their mean").range(1, 1e4).symbol("M");
    d("hidden", &Options::hidden, "units of the recurrent layer and width of the embeddings").range(1, 4096);
    d("cell", &Options::cell, "kind of recurrent layer").one_of({"lstm", "rnn"});
    d("learning_rate", &Options::learning_rate, "of Adam").range(1e-8, 1);
    d("baseline_momentum", &Options::baseline_momentum,
      "of the moving average of rewards that is subtracted; 0: no baseline")
        .range(0, 0.999999);
    d("entropy_bonus", &Options::entropy_bonus, "weight of the policy's entropy in the loss").range(0, 1e3);
    d("temperature", &Options::temperature, "divides the logits; 0: off").range(0, 1e3);
    d("tanh_constant", &Options::tanh_constant, "c in c tanh(logits); 0: off").range(0, 1e3);
    d("policy_samples", &Options::policy_samples,
      "drawn from the trained policy at the end and priced, for the curves final_policy_*; they cannot win")
        .range(0, 1e6);
}

Reinforce::Reinforce(const Options& options, const Setup& setup) : options_{options}, constraints_{setup.constraints}
{
    if (!setup.reward)
        throw Error(
            "strategy `reinforce` maximises a reward and the experiment has none; add one, e.g. "
            "reward: {use: latency_product, score: fi_equal, latency: latency_ms, target: 40}");
}

void Reinforce::search(Search& search)
{
    torch_sdk::use_threads(1);  // one row at a time: more threads only wait for each other
    Rng rng = search.rng("controller");
    Controller controller(search.space().decisions(),
                          {.hidden = options_.hidden,
                           .lstm = options_.cell == "lstm",
                           .learning_rate = options_.learning_rate,
                           .temperature = options_.temperature,
                           .tanh_constant = options_.tanh_constant,
                           .entropy_bonus = options_.entropy_bonus},
                          rng);
    MovingAverage baseline(options_.baseline_momentum);
    std::unordered_set<std::string> visited;
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
        const Controller::Episode episode = controller.sample(options_.samples, rng);
        const std::vector<Evaluation> seen = search.evaluate(episode.architectures);
        std::vector<double> advantages;
        for (const Evaluation& one : seen) {
            if (one.status == Status::out_of_budget)
                return describe_policy(search, controller);
            visited.insert(search.space().key(one.architecture));
            const double reward = search.reward(one);
            if (one.ok() && !std::isfinite(reward))
                search.note("not finite", 1);
            if (!one.ok() || !std::isfinite(reward)) {  // no reward, so nothing to learn from it
                advantages.push_back(0);
                continue;
            }
            advantages.push_back(options_.baseline_momentum > 0 ? reward - baseline.update(reward) : reward);
            search.note("reward", reward);
            search.note("feasible", feasible(one.metrics) ? 1 : 0);
        }
        search.note("entropy", episode.entropy.item<double>());
        search.note("distinct", static_cast<double>(visited.size()));
        controller.reinforce(episode, advantages);
    }
    describe_policy(search, controller);
}

bool Reinforce::feasible(const Metrics& metrics) const
{
    return std::ranges::all_of(constraints_, [&](const Constraint& constraint) {
        const auto value = metrics.find(constraint.metric);
        return value != metrics.end() && constraint.holds(value->second);
    });
}

/// What the policy has learnt about costs: their means over samples of it, and how many of these are feasible.
void Reinforce::describe_policy(Search& search, const Controller& controller) const
{
    if (options_.policy_samples == 0)
        return;
    Rng rng = search.rng("final policy");
    const Controller::Episode episode = controller.sample(options_.policy_samples, rng);
    std::map<std::string, std::pair<double, int>> sums;
    int priced = 0, satisfying = 0;
    for (const Evaluation& one : search.cost(episode.architectures)) {
        if (one.status == Status::failed)
            continue;
        ++priced;
        satisfying += feasible(one.metrics) ? 1 : 0;
        for (const auto& [metric, value] : one.metrics)
            sums[metric].first += value, ++sums[metric].second;
    }
    for (const auto& [metric, sum] : sums)
        search.note("final_policy_" + metric, sum.first / sum.second);
    if (priced > 0)
        search.note("final_policy_feasible", static_cast<double>(satisfying) / priced);
}

}  // namespace espalier::training_free_rl
