// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/named_component.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "espalier/cost_model.hpp"
#include "espalier/decision_costs.hpp"
#include "espalier/measuring.hpp"
#include "espalier/reward.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

#include "host/plugins/plugin_call.hpp"

namespace espalier::host {
namespace {

constexpr std::string_view kAboutItself = "is asked what it gives";
constexpr std::string_view kLearns = "learns";

/// What a named component calls.
template <class Interface>
class Inner {
public:
    Inner(std::unique_ptr<Component> component, std::string who)
        : who_{std::move(who)}, component_{static_cast<Interface*>(component.release())}
    {
    }
    ~Inner()
    {
        const PluginCall under_way(who_, "is destroyed");
        component_.reset();
    }
    Inner(const Inner&) = delete;
    Inner& operator=(const Inner&) = delete;

    template <class Member, class... Arguments>
    decltype(auto) call(std::string_view doing, Member member, Arguments&&... arguments) const
    {
        const PluginCall under_way(who_, doing);
        return ((*component_).*member)(std::forward<Arguments>(arguments)...);
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) const
    {
        AskedAbout about;
        about.candidates = batch.size();
        if (!batch.empty())
            about.key = batch.front().key();
        const PluginCall under_way(who_, "is asked about", about);
        return component_->evaluate(batch, context);
    }
    const std::string& who() const { return who_; }

private:
    const std::string who_;
    std::unique_ptr<Interface> component_;
};

/// What a component learns by. The component outlives it.
class NamedPhase final : public Phase {
public:
    NamedPhase(std::unique_ptr<Phase> phase, const std::string& who) : who_{who}, phase_{std::move(phase)} {}
    ~NamedPhase() override
    {
        const PluginCall under_way(who_, kLearns);
        phase_.reset();
    }
    bool step(Step& step) override
    {
        const PluginCall under_way(who_, kLearns);
        return phase_->step(step);
    }
    std::optional<std::size_t> steps() const override
    {
        const PluginCall under_way(who_, kLearns);
        return phase_->steps();
    }
    bool worth_saving(std::size_t step) const override
    {
        const PluginCall under_way(who_, kLearns);
        return phase_->worth_saving(step);
    }
    void save(const std::string& folder) const override
    {
        const PluginCall under_way(who_, kLearns);
        phase_->save(folder);
    }
    void load(const std::string& folder) override
    {
        const PluginCall under_way(who_, kLearns);
        phase_->load(folder);
    }

private:
    const std::string& who_;
    std::unique_ptr<Phase> phase_;
};

class NamedLayerCosts final : public LayerCosts {
public:
    NamedLayerCosts(const LayerCosts& costs, const std::string& who) : costs_{costs}, who_{who} {}
    LayerCost operator()(const Layer& layer, double width_in, double width_out) const override
    {
        const PluginCall under_way(who_, "prices a layer");
        return costs_(layer, width_in, width_out);
    }
    std::string weighted_by() const override
    {
        const PluginCall under_way(who_, kAboutItself);
        return costs_.weighted_by();
    }

private:
    const LayerCosts& costs_;
    const std::string& who_;
};

template <class Interface>
class NamedEvaluator : public Interface {
public:
    NamedEvaluator(std::unique_ptr<Component> component, std::string who) : inner_{std::move(component), std::move(who)}
    {
    }
    std::vector<std::string> metrics() const override { return inner_.call(kAboutItself, &Interface::metrics); }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        return inner_.evaluate(batch, context);
    }
    std::size_t batch_size() const override { return inner_.call(kAboutItself, &Interface::batch_size); }
    bool save(const Candidate& candidate, const std::string& folder, Context& context) override
    {
        return inner_.call("saves what it has learnt", &Interface::save, candidate, folder, context);
    }
    std::string key(const Candidate& candidate) const override
    {
        return inner_.call("is asked for a key", &Interface::key, candidate);
    }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        std::unique_ptr<Phase> phase = inner_.call(kLearns, &Interface::training, region, std::move(paths));
        return phase ? std::make_unique<NamedPhase>(std::move(phase), inner_.who()) : nullptr;
    }
    bool trains() const override { return inner_.call(kAboutItself, &Interface::trains); }
    bool measures() const override { return inner_.call(kAboutItself, &Interface::measures); }
    std::uint64_t seed() const override { return inner_.call(kAboutItself, &Interface::seed); }

protected:
    const Inner<Interface> inner_;
};

class NamedCostModel : public NamedEvaluator<CostModel> {
public:
    using NamedEvaluator<CostModel>::NamedEvaluator;
    bool slow() const override { return inner_.call(kAboutItself, &CostModel::slow); }
    const LayerCosts* layers(std::string_view metric) const override
    {
        const LayerCosts* const found = inner_.call(kAboutItself, &CostModel::layers, metric);
        if (found == nullptr)
            return nullptr;
        const std::lock_guard guard(mutex_);
        return &layers_.try_emplace(found, *found, inner_.who()).first->second;
    }

private:
    mutable std::mutex mutex_;
    mutable std::map<const LayerCosts*, NamedLayerCosts> layers_;
};

/// One that is also the sum over decisions that `terms` says.
class NamedDecisionCosts final : public NamedCostModel, public DecisionCosts {
public:
    /// @param costs the component itself
    NamedDecisionCosts(std::unique_ptr<Component> component, std::string who, const DecisionCosts& costs)
        : NamedCostModel(std::move(component), std::move(who)), costs_{costs}
    {
    }
    bool sums_decisions() const override
    {
        const PluginCall under_way(inner_.who(), kAboutItself);
        return costs_.sums_decisions();
    }
    DecisionTerms terms(const Architecture& canonical) const override
    {
        const PluginCall under_way(inner_.who(), "is asked what decisions cost");
        return costs_.terms(canonical);
    }

private:
    const DecisionCosts& costs_;
};

/// One that also knows on what and how it measures.
class NamedMeasuring final : public NamedCostModel, public Measuring {
public:
    /// @param measuring the component itself
    NamedMeasuring(std::unique_ptr<Component> component, std::string who, const Measuring& measuring)
        : NamedCostModel(std::move(component), std::move(who)), measuring_{measuring}
    {
    }
    MeasuringConditions conditions() const override
    {
        const PluginCall under_way(inner_.who(), kAboutItself);
        return measuring_.conditions();
    }

private:
    const Measuring& measuring_;
};

class NamedReward final : public Reward {
public:
    NamedReward(std::unique_ptr<Component> component, std::string who) : inner_{std::move(component), std::move(who)} {}
    double operator()(const Metrics& metrics) const override
    {
        return inner_.call("is asked for a reward", &Reward::operator(), metrics);
    }

private:
    const Inner<Reward> inner_;
};

class NamedStrategy final : public Strategy {
public:
    NamedStrategy(std::unique_ptr<Component> component, std::string who) : inner_{std::move(component), std::move(who)}
    {
    }
    void search(Search& search) override { inner_.call("searches", &Strategy::search, search); }
    bool announces_winners() const override { return inner_.call(kAboutItself, &Strategy::announces_winners); }

private:
    const Inner<Strategy> inner_;
};

class NamedSpace final : public SearchSpace {
public:
    NamedSpace(std::unique_ptr<Component> component, std::string who) : inner_{std::move(component), std::move(who)} {}
    std::span<const Decision> decisions() const override { return inner_.call(kAboutItself, &SearchSpace::decisions); }
    Network network(const Region& region) const override
    {
        return inner_.call("builds a network", &SearchSpace::network, region);
    }
    std::vector<bool> active(const Architecture& architecture) const override
    {
        return inner_.call("is asked for a key", &SearchSpace::active, architecture);
    }
    std::string key(const Architecture& architecture) const override
    {
        return inner_.call("is asked for a key", &SearchSpace::key, architecture);
    }
    Architecture canonical(const Architecture& architecture) const override
    {
        return inner_.call("is asked for a key", &SearchSpace::canonical, architecture);
    }
    std::unique_ptr<SearchSpace> resized(const NetworkSize& size, const Data& examples) const override
    {
        std::unique_ptr<SearchSpace> other = inner_.call("is made smaller", &SearchSpace::resized, size, examples);
        return other ? named_in_calls(std::move(other), inner_.who()) : nullptr;
    }
    std::string text(const Architecture& architecture) const override
    {
        return inner_.call("is asked for a text", &SearchSpace::text, architecture);
    }
    Architecture parse(std::string_view text) const override
    {
        return inner_.call("reads an architecture", &SearchSpace::parse, text);
    }

private:
    const Inner<SearchSpace> inner_;
};

}  // namespace

std::unique_ptr<Component> named_in_calls(std::unique_ptr<Component> component, std::string who)
{
    const Component* const it = component.get();
    if (const auto* const costs = dynamic_cast<const DecisionCosts*>(it);
        costs != nullptr && dynamic_cast<const CostModel*>(it) != nullptr)
        return std::make_unique<NamedDecisionCosts>(std::move(component), std::move(who), *costs);
    if (const auto* const measuring = dynamic_cast<const Measuring*>(it);
        measuring != nullptr && dynamic_cast<const CostModel*>(it) != nullptr)
        return std::make_unique<NamedMeasuring>(std::move(component), std::move(who), *measuring);
    if (dynamic_cast<const CostModel*>(it) != nullptr)
        return std::make_unique<NamedCostModel>(std::move(component), std::move(who));
    if (dynamic_cast<const Evaluator*>(it) != nullptr)
        return std::make_unique<NamedEvaluator<Evaluator>>(std::move(component), std::move(who));
    if (dynamic_cast<const Reward*>(it) != nullptr)
        return std::make_unique<NamedReward>(std::move(component), std::move(who));
    if (dynamic_cast<const Strategy*>(it) != nullptr)
        return std::make_unique<NamedStrategy>(std::move(component), std::move(who));
    if (dynamic_cast<const SearchSpace*>(it) != nullptr)
        return std::make_unique<NamedSpace>(std::move(component), std::move(who));
    return component;
}

}  // namespace espalier::host
