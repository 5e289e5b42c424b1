// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/data.hpp"
#include "espalier/option.hpp"
#include "espalier/reward.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

namespace espalier {

/// How components may use the machine.
struct Execution {
    int workers = 1;                          ///< candidates evaluated at the same time; changes nothing in the results
    int threads = 1;                          ///< of one candidate's tensor work; fixed per run
    std::string device = "cpu";               ///< "cpu", "cuda", "cuda:1": the first of `devices`
    std::vector<std::string> devices{"cpu"};  ///< workers get them in turn
};

/// The components made so far: data, space, costs, evaluator, reward, and last the strategy, which sees all others.
/// Everything pointed to outlives the components that receive it.
class ESPALIER_API Setup {
public:
    const Data* data = nullptr;
    const SearchSpace* space = nullptr;
    std::vector<const CostModel*> costs;
    const Evaluator* evaluator = nullptr;
    const Reward* reward = nullptr;     ///< what a strategy of one number follows; chooses winners without objectives
    std::vector<Objective> objectives;  ///< what makes a winner
    std::vector<Constraint> constraints;
    Execution execution;
    /// How many parts the batch of a training is cut into, each with normalisation statistics of its own, as on so many
    /// devices. Results depend on it. Whoever asks, takes it into account: an experiment with several of which no
    /// component asks is refused. The host's.
    std::function<int()> replicas = [] { return 1; };

    /// @throws Error naming the costs that do offer layers.
    const LayerCosts& layer_costs(std::string_view metric) const;

    /// Makes a nested component with this setup. @throws ConfigError as the component's constructor does.
    template <class Interface>
    std::unique_ptr<Interface> make(const Use<Interface>& use) const
    {
        return std::unique_ptr<Interface>(
            static_cast<Interface*>(make_component(kind_of<Interface>(), use.config, *this).release()));
    }
    /// The host's. A cost model also serves where an evaluator is asked for.
    std::function<std::unique_ptr<Component>(Kind, const Config&, const Setup&)> make_component;
};

}  // namespace espalier
