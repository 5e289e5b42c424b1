// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/named_component.hpp"

#include "espalier/cost_model.hpp"
#include "espalier/data.hpp"
#include "espalier/decision_costs.hpp"
#include "espalier/measuring.hpp"
#include "espalier/reward.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

#include "catch.hpp"
#include "host/plugins/plugin_call.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

std::vector<std::string> seen;  // who was named, and what it did, whenever a function of a component ran

void look()
{
    const CallFrame call = innermost_call(*slot_of_this_thread());
    seen.push_back(std::string(call.who) + " " + std::string(call.doing) +
                   (call.key.empty() ? "" : " '" + std::string(call.key) + "'"));
}

class SeenPhase final : public Phase {
public:
    ~SeenPhase() override { look(); }
    bool step(Step&) override { return look(), true; }
    std::optional<std::size_t> steps() const override { return look(), 7; }
    bool worth_saving(std::size_t) const override { return look(), false; }
    void save(const std::string&) const override { look(); }
    void load(const std::string&) override { look(); }
};

class SeenLayers final : public LayerCosts {
public:
    LayerCost operator()(const Layer&, double in, double out) const override
    {
        return look(), LayerCost{in * out, out, in};
    }
    std::string weighted_by() const override { return look(), "time_ms"; }
};

template <class Base>
class SeenEvaluator : public Base {
public:
    ~SeenEvaluator() override { look(); }
    std::vector<std::string> metrics() const override { return look(), std::vector<std::string>{"a", "b"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        return look(), std::vector(batch.size(), failed({}, "seen"));
    }
    std::size_t batch_size() const override { return look(), 5; }
    bool save(const Candidate&, const std::string&, Context&) override { return look(), true; }
    std::string key(const Candidate&) const override { return look(), "a key"; }
    std::unique_ptr<Phase> training(const Region& region, Sampler) override
    {
        look();
        return region.decisions() == 0 ? nullptr : std::make_unique<SeenPhase>();
    }
    bool trains() const override { return look(), true; }
    bool measures() const override { return look(), true; }
    std::uint64_t seed() const override { return look(), 9; }
};

class SeenCost final : public SeenEvaluator<CostModel> {
public:
    bool slow() const override { return look(), false; }
    const LayerCosts* layers(std::string_view metric) const override
    {
        return look(), metric == "a" ? &layers_ : nullptr;
    }

private:
    SeenLayers layers_;
};

class SeenDecisions final : public SeenEvaluator<CostModel>, public DecisionCosts {
public:
    DecisionTerms terms(const Architecture&) const override { return look(), DecisionTerms{1, {2}}; }
};

class SeenMeasuring final : public SeenEvaluator<CostModel>, public Measuring {
public:
    MeasuringConditions conditions() const override { return look(), MeasuringConditions{.processor = "toy"}; }
};

class SeenReward final : public Reward {
public:
    double operator()(const Metrics& metrics) const override { return look(), metrics.at("a"); }
};

class SeenStrategy final : public Strategy {
public:
    void search(Search&) override { look(); }
    bool announces_winners() const override { return look(), true; }
};

class SeenSpace final : public SearchSpace {
public:
    std::span<const Decision> decisions() const override { return look(), std::span(decisions_); }
    Network network(const Region&) const override
    {
        look();
        Network network;
        network.add(Op::input, {}, {{"shape", {3}}});
        return network;
    }
    std::vector<bool> active(const Architecture&) const override { return look(), std::vector{true}; }
    std::string key(const Architecture&) const override { return look(), "key"; }
    Architecture canonical(const Architecture& a) const override { return look(), a; }
    std::unique_ptr<SearchSpace> resized(const NetworkSize& size, const Data&) const override
    {
        look();
        return size.depth > 1 ? nullptr : std::make_unique<SeenSpace>();
    }
    std::string text(const Architecture&) const override { return look(), "text"; }
    Architecture parse(std::string_view) const override { return look(), Architecture{{1}}; }

private:
    const std::vector<Decision> decisions_{{"one", {"0", "1"}}};
};

class SeenData final : public Data {
public:
    std::vector<Input> inputs() const override { return {}; }
    Shape output() const override { return {}; }
};

class Unattended final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

const std::string kWho = "cost_model 'x' of plug-in 'y'";

template <class Interface, class Seen>
std::unique_ptr<Interface> made()
{
    return named_in_calls<Interface>(std::make_unique<Seen>(), kWho);
}

/// Forgets it, too.
std::string last()
{
    REQUIRE(seen.size() == 1);
    std::string text = seen.front();
    seen.clear();
    return text;
}

template <class Made>
void check_evaluator(Made& evaluator)
{
    const SeenSpace space;
    const Candidate candidate(space, Architecture{{1}});
    Unattended context;
    const PluginCall outer("evaluator 'around'", "is asked about");
    seen.clear();
    CHECK(evaluator.metrics() == std::vector<std::string>{"a", "b"});
    CHECK(last() == kWho + " is asked what it gives");
    CHECK(evaluator.evaluate(std::vector{candidate, candidate}, context).size() == 2);
    CHECK(last() == kWho + " is asked about 'key'");
    CHECK(evaluator.evaluate({}, context).empty());
    CHECK(last() == kWho + " is asked about");
    CHECK(evaluator.batch_size() == 5);
    CHECK(last() == kWho + " is asked what it gives");
    CHECK(evaluator.save(candidate, "", context));
    CHECK(last() == kWho + " saves what it has learnt");
    CHECK(evaluator.key(candidate) == "a key");
    CHECK(last() == kWho + " is asked for a key");
    CHECK(evaluator.trains());
    CHECK(last() == kWho + " is asked what it gives");
    CHECK(evaluator.measures());
    CHECK(last() == kWho + " is asked what it gives");
    CHECK(evaluator.seed() == 9);
    CHECK(last() == kWho + " is asked what it gives");

    CHECK(evaluator.training(Region(std::span<const Decision>{}), nullptr) == nullptr);
    CHECK(last() == kWho + " learns");
    std::unique_ptr<Phase> phase = evaluator.training(Region(space.decisions()), nullptr);
    seen.clear();
    REQUIRE(phase != nullptr);
    Phase::Step step{0, Rng(1, "step"), context};
    CHECK(phase->step(step));
    CHECK(last() == kWho + " learns");
    CHECK(phase->steps() == 7);
    CHECK(last() == kWho + " learns");
    CHECK_FALSE(phase->worth_saving(0));
    CHECK(last() == kWho + " learns");
    phase->save("");
    CHECK(last() == kWho + " learns");
    phase->load("");
    CHECK(last() == kWho + " learns");
    phase.reset();
    CHECK(last() == kWho + " learns");
    CHECK(innermost_call(*slot_of_this_thread()).who == "evaluator 'around'");
}

}  // namespace

TEST_CASE("a named component is named in each of its functions, whoever calls it", "[named]")
{
    auto evaluator = made<Evaluator, SeenEvaluator<Evaluator>>();
    CHECK(dynamic_cast<CostModel*>(evaluator.get()) == nullptr);
    check_evaluator(*evaluator);
    evaluator.reset();
    CHECK(last() == kWho + " is destroyed");

    const auto as_evaluator = made<Evaluator, SeenCost>();  // a cost model serves as one, and stays a cost model
    auto* const cost = dynamic_cast<CostModel*>(as_evaluator.get());
    REQUIRE(cost != nullptr);
    check_evaluator(*cost);
    CHECK_FALSE(cost->slow());
    CHECK(last() == kWho + " is asked what it gives");
    CHECK(cost->layers("b") == nullptr);
    CHECK(last() == kWho + " is asked what it gives");
    const LayerCosts* const layers = cost->layers("a");
    CHECK(layers == cost->layers("a"));  // lives as long as the cost model
    seen.clear();
    REQUIRE(layers != nullptr);
    CHECK(layers->weighted_by() == "time_ms");
    CHECK(last() == kWho + " is asked what it gives");
    Network network;
    network.add(Op::input, {}, {{"shape", {3}}});
    const LayerCost price = (*layers)(network[0], 2, 5);
    CHECK(price.value == 10);
    CHECK(price.d_in == 5);
    CHECK(price.d_out == 2);
    CHECK(last() == kWho + " prices a layer");

    const auto sum = made<CostModel, SeenDecisions>();
    const auto* const by_decision = dynamic_cast<const DecisionCosts*>(sum.get());
    REQUIRE(by_decision != nullptr);
    CHECK(dynamic_cast<const DecisionCosts*>(cost) == nullptr);
    CHECK(by_decision->terms({{1}}).decisions == std::vector{2.0});
    CHECK(last() == kWho + " is asked what decisions cost");

    const auto measured = made<CostModel, SeenMeasuring>();
    const auto* const measuring = dynamic_cast<const Measuring*>(measured.get());
    REQUIRE(measuring != nullptr);
    CHECK(dynamic_cast<const Measuring*>(cost) == nullptr);
    CHECK(measuring->conditions().processor == "toy");
    CHECK(last() == kWho + " is asked what it gives");

    CHECK((*made<Reward, SeenReward>())({{"a", 4}}) == 4);
    CHECK(last() == kWho + " is asked for a reward");
    CHECK(made<Strategy, SeenStrategy>()->announces_winners());
    CHECK(last() == kWho + " is asked what it gives");

    const auto check_space = [](const SearchSpace& space) {
        seen.clear();
        CHECK(space.decisions().size() == 1);
        CHECK(last() == kWho + " is asked what it gives");
        CHECK(space.key({{1}}) == "key");
        CHECK(last() == kWho + " is asked for a key");
        CHECK(space.active({{1}}) == std::vector{true});
        CHECK(last() == kWho + " is asked for a key");
        CHECK(space.canonical({{1}}) == Architecture{{1}});
        CHECK(last() == kWho + " is asked for a key");
        CHECK(space.text({{1}}) == "text");
        CHECK(last() == kWho + " is asked for a text");
        CHECK(space.parse("text") == Architecture{{1}});
        CHECK(last() == kWho + " reads an architecture");
        CHECK(space.network(Region(Architecture{{1}})).size() == 1);
        CHECK(last() == kWho + " builds a network");
    };
    const auto space = made<SearchSpace, SeenSpace>();
    check_space(*space);
    const SeenData data;
    CHECK(space->resized({.depth = 2}, data) == nullptr);
    CHECK(last() == kWho + " is made smaller");
    const auto smaller = space->resized({}, data);
    REQUIRE(smaller != nullptr);
    check_space(*smaller);

    auto examples = std::make_unique<SeenData>();  // reached by a cast to what has tensors
    const Data* const itself = examples.get();
    CHECK(named_in_calls<Data>(std::move(examples), kWho).get() == itself);
}
