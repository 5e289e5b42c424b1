// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"
#include "violations.hpp"

namespace espalier::conformance {
namespace {

enum class EvaluatorFault {
    none,
    measures_noise,
    fewer_results,
    wrong_place,
    metric_missing,
    metric_undeclared,
    metric_nan,
    metric_infinite,
    metric_least,
    no_metrics,
    metric_twice,
    failure_without_reason,
    failure_as_infeasible,
    throws,
    counts_calls,
    remembers_order,
    sees_batch,
    sees_being_alone,
    unsafe_threads,
    throws_in_threads,
    key_of_call,
    key_of_object,
    key_too_coarse,
    key_of_first_width,
    key_hides_failure,
    trains_in_secret,
    stops_without_results,
    layers_add_up_to_more,
    layers_nearly_add_up,
    wide_layers_cost_more,
    derivative_infinite,
    other_derivative_infinite,
    layers_of_all,
};

/// Three edges, each a convolution of 4 or 8 channels.
class Widths final : public ToySpace {
public:
    Widths()
    {
        std::size_t x = super_.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        for (int i = 0; i < 3; ++i) {
            decisions_.push_back({"width " + std::to_string(i), {"4", "8"}, true});
            x = super_.add(Op::conv, {x}, {{"out", {8}}}, "conv" + std::to_string(i));
            x = super_.add(Op::channel_mask, {x}, {{"decision", {1.0 * i}}, {"widths", {4, 8}}});
        }
    }
};

/// MACs, once it was trained; the architecture 1 1 1 cannot be evaluated.
class Priced final : public CostModel, private LayerCosts {
public:
    explicit Priced(EvaluatorFault fault) : fault_{fault} {}

    std::vector<std::string> metrics() const override
    {
        if (fault_ == EvaluatorFault::no_metrics)
            return {};
        return fault_ == EvaluatorFault::metric_twice ? std::vector<std::string>{"price", "price"}
                                                      : std::vector<std::string>{"price"};
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        if (!trained_)
            throw Error("not trained");
        if (fault_ == EvaluatorFault::throws)
            throw Error("the table is gone");
        std::vector<Evaluation> results;
        for (const Candidate& c : batch) {
            if (fault_ == EvaluatorFault::stops_without_results && context.stopped())
                break;
            results.push_back(one(c, batch.size()));
        }
        if (fault_ == EvaluatorFault::fewer_results)
            results.pop_back();
        if (fault_ == EvaluatorFault::wrong_place && results.size() > 1)
            std::swap(results.front(), results.back());
        return results;
    }
    std::string key(const Candidate& c) const override
    {
        if (fault_ == EvaluatorFault::key_of_call)
            return std::to_string(calls_++);
        if (fault_ == EvaluatorFault::key_of_object)
            return std::to_string(reinterpret_cast<std::uintptr_t>(&c));
        if (fault_ == EvaluatorFault::key_of_first_width && c.architecture() != Architecture{{1, 1, 1}})
            return std::to_string(c.architecture().choices[0]);
        return fault_ == EvaluatorFault::key_too_coarse || fault_ == EvaluatorFault::key_hides_failure ? "everything"
                                                                                                       : c.key();
    }
    bool measures() const override { return fault_ == EvaluatorFault::measures_noise; }
    bool trains() const override { return fault_ != EvaluatorFault::trains_in_secret; }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        return std::make_unique<Training>(*this, region, std::move(paths));
    }
    const LayerCosts* layers(std::string_view metric) const override
    {
        return metric == "price" || fault_ == EvaluatorFault::layers_of_all ? this : nullptr;
    }

private:
    class Training final : public Phase {
    public:
        Training(Priced& owner, const Region& region, Sampler paths)
            : owner_{owner}, region_{region}, paths_{std::move(paths)}
        {
        }
        bool step(Step& now) override
        {
            owner_.trained_ = region_.contains(paths_(now.rng));
            return false;
        }
        void save(const std::string&) const override {}
        void load(const std::string&) override {}

    private:
        Priced& owner_;
        Region region_;
        Sampler paths_;
    };

    Evaluation one(const Candidate& c, std::size_t batch)
    {
        Evaluation result{c.architecture(), {{"price", macs(c.network())}}, Status::ok, ""};
        double& price = result.metrics["price"];
        if (c.architecture() == Architecture{{1, 1, 1}}) {
            result = failed(c.architecture(), fault_ == EvaluatorFault::failure_without_reason ? "" : "too wide");
            if (fault_ == EvaluatorFault::failure_as_infeasible)
                result.status = Status::infeasible;
            if (fault_ == EvaluatorFault::key_hides_failure)
                result.metrics["price"] = 5;
            return result;
        }
        if (fault_ == EvaluatorFault::counts_calls || fault_ == EvaluatorFault::measures_noise)
            price += calls_++;
        if (fault_ == EvaluatorFault::remembers_order)
            price += last_.exchange(price);
        if (fault_ == EvaluatorFault::sees_batch)
            price += static_cast<double>(batch);
        if (fault_ == EvaluatorFault::sees_being_alone && batch == 1 && c.architecture() == Architecture{{0, 1, 0}})
            ++price;
        if (fault_ == EvaluatorFault::key_hides_failure)
            price = 5;
        if (fault_ == EvaluatorFault::unsafe_threads)
            price += others();
        if (fault_ == EvaluatorFault::throws_in_threads && others() > 0)
            throw Error("somebody is here already");
        if (fault_ == EvaluatorFault::metric_nan)
            price = std::nan("");
        if (fault_ == EvaluatorFault::metric_infinite)
            price = INFINITY;
        if (fault_ == EvaluatorFault::metric_least)
            price = -INFINITY;
        if (fault_ == EvaluatorFault::metric_undeclared)
            result.metrics["more"] = 1;
        if (fault_ == EvaluatorFault::metric_missing)
            result.metrics.clear();
        return result;
    }
    /// How many are in here at once, given time to meet.
    int others()
    {
        ++inside_;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        const int met = inside_ - 1;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        --inside_;
        return met;
    }
    LayerCost operator()(const Layer& layer, double, double) const override
    {
        double cost = macs(layer);
        if (fault_ == EvaluatorFault::layers_add_up_to_more ||
            (fault_ == EvaluatorFault::wide_layers_cost_more && layer.shape()[0] > 4))
            ++cost;
        if (fault_ == EvaluatorFault::layers_nearly_add_up)
            cost *= 1 + 1e-7;
        return {cost, fault_ == EvaluatorFault::derivative_infinite ? INFINITY : 0,
                fault_ == EvaluatorFault::other_derivative_infinite ? INFINITY : 0};
    }

    EvaluatorFault fault_;
    bool trained_ = false;
    std::atomic<double> last_ = 0;
    mutable std::atomic<int> calls_ = 0;
    std::atomic<int> inside_ = 0;
};

std::string told(EvaluatorFault fault)
{
    const Widths space;
    std::vector<Candidate> batch;
    for (const std::vector<std::uint16_t>& choices :
         {std::vector<std::uint16_t>{0, 0, 0}, {1, 0, 1}, {0, 1, 0}, {1, 1, 1}})
        batch.emplace_back(space, Architecture{choices});
    Priced costs{fault};
    return joined(check_cost_model(costs, batch));
}

}  // namespace

TEST_CASE("a cost model that keeps its promises has no violations", "[conformance]")
{
    CHECK(told(EvaluatorFault::none).empty());
    CHECK(told(EvaluatorFault::measures_noise).find("change") == std::string::npos);
    CHECK(told(EvaluatorFault::metric_least).empty());  // of an indicator that is not defined for a network
}

TEST_CASE("fragments are candidates too", "[conformance]")
{
    const Widths space;
    class Counted final : public CostModel {
    public:
        std::vector<std::string> metrics() const override { return {"macs"}; }
        std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
        {
            std::vector<Evaluation> results;
            for (const Candidate& c : batch)
                results.push_back({c.architecture(), {{"macs", macs(c.network())}}, Status::ok, ""});
            return results;
        }
    } costs;
    const std::vector<Candidate> batch{Candidate(space.network(Region(Architecture{{0, 0, 0}}))),
                                       Candidate(space.network(Region(Architecture{{1, 0, 0}})))};
    CHECK(check_cost_model(costs, batch) == Violations{});
    CHECK(random_candidates(space, 3).size() == 3);
}

TEST_CASE("each broken promise of an evaluator is told", "[conformance]")
{
    CHECK_THAT(told(EvaluatorFault::fewer_results),
               ContainsSubstring("results are not as many as the candidates: 3 for 4"));
    CHECK_THAT(told(EvaluatorFault::wrong_place),
               ContainsSubstring("another architecture than the candidate at its place"));
    CHECK_THAT(told(EvaluatorFault::metric_missing), ContainsSubstring("a declared metric is missing: price"));
    CHECK_THAT(told(EvaluatorFault::metric_undeclared), ContainsSubstring("a metric is not declared: more"));
    CHECK_THAT(told(EvaluatorFault::metric_nan),
               ContainsSubstring("a metric is not finite but the result is ok: price"));
    CHECK_THAT(told(EvaluatorFault::metric_infinite),
               ContainsSubstring("a metric is not finite but the result is ok: price"));
    CHECK_THAT(told(EvaluatorFault::no_metrics), ContainsSubstring("the component declares no metrics"));
    CHECK_THAT(told(EvaluatorFault::metric_twice), ContainsSubstring("the component declares a metric twice"));
    CHECK_THAT(told(EvaluatorFault::failure_without_reason), ContainsSubstring("a failure has no reason: '8,8,8'"));
    CHECK_THAT(told(EvaluatorFault::failure_as_infeasible),
               ContainsSubstring("another status than failed: infeasible"));
    CHECK_THAT(told(EvaluatorFault::throws), ContainsSubstring("the component throws: the table is gone"));
    CHECK_THAT(told(EvaluatorFault::counts_calls), ContainsSubstring("the results change from call to call"));
    CHECK_THAT(told(EvaluatorFault::remembers_order),
               ContainsSubstring("the results depend on the order of the batch"));
    CHECK_THAT(told(EvaluatorFault::sees_batch), ContainsSubstring("the results depend on what else is in the batch"));
    CHECK_THAT(told(EvaluatorFault::sees_being_alone),
               ContainsSubstring("the results depend on what else is in the batch: '4,8,4'"));
    CHECK_THAT(told(EvaluatorFault::unsafe_threads), ContainsSubstring("several threads at once get other results"));
    CHECK_THAT(told(EvaluatorFault::throws_in_threads),
               ContainsSubstring("several threads at once get other results: somebody is here already"));
    CHECK_THAT(told(EvaluatorFault::key_of_call), ContainsSubstring("the key changes from call to call"));
    CHECK_THAT(told(EvaluatorFault::key_of_object),
               ContainsSubstring("the key is another for the same candidate made anew"));
    for (const EvaluatorFault fault :
         {EvaluatorFault::key_too_coarse, EvaluatorFault::key_of_first_width, EvaluatorFault::key_hides_failure})
        CHECK_THAT(told(fault), ContainsSubstring("candidates with equal keys have different results"));
    CHECK_THAT(told(EvaluatorFault::trains_in_secret), ContainsSubstring("`trains` and `training` contradict"));
    CHECK_THAT(told(EvaluatorFault::stops_without_results),
               ContainsSubstring("after a stop some candidates have no result"));
}

TEST_CASE("layer costs that do not add up are told", "[conformance]")
{
    for (const EvaluatorFault fault : {EvaluatorFault::layers_add_up_to_more, EvaluatorFault::layers_nearly_add_up,
                                       EvaluatorFault::wide_layers_cost_more})
        CHECK_THAT(told(fault), ContainsSubstring("the costs of the layers do not add up to the metric: price is"));
    for (const EvaluatorFault fault : {EvaluatorFault::derivative_infinite, EvaluatorFault::other_derivative_infinite})
        CHECK_THAT(told(fault), ContainsSubstring("a derivative of a layer's cost is not finite"));
    CHECK_THAT(told(EvaluatorFault::layers_of_all), ContainsSubstring("`layers` gives costs for a metric that is not"));
}

}  // namespace espalier::conformance
