// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/reward.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

#include "host/search/run.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

/// A search put together from components that are written in the test.
namespace espalier::test {

/// Decisions with options 0..9. The order of the first two makes no difference: both orders have one key.
class Digits final : public ToySpace {
public:
    explicit Digits(std::size_t count) : ToySpace(digit_decisions(count)) {}
    Network network(const Region& region) const override
    {
        Network network;
        network.add_custom("digits", {}, Shape{1}, {{"first", {static_cast<double>(region.options(0)[0])}}});
        return network;
    }
    std::string key(const Architecture& a) const override { return "key " + to_string(canonical(a)); }
    Architecture canonical(const Architecture& a) const override
    {
        Architecture sorted = a;
        if (sorted.choices.size() > 1 && sorted.choices[0] > sorted.choices[1])
            std::swap(sorted.choices[0], sorted.choices[1]);
        return sorted;
    }
};

inline Architecture digits(std::vector<std::uint16_t> choices)
{
    return {std::move(choices)};
}

/// The number that the canonical digits spell.
inline double spelt(const Candidate& c)
{
    double n = 0;
    for (const std::uint16_t digit : c.canonical().choices)
        n = 10 * n + digit;
    return n;
}

inline Evaluation scored(const Candidate& c, std::string metric, double value)
{
    return {c.architecture(), {{std::move(metric), value}}, Status::ok, ""};
}

/// A component whose behaviour the test gives. `Base` is Evaluator or CostModel.
template <class Base>
class Scripted : public Base {
public:
    using Work = std::function<Evaluation(const Candidate&, Context&)>;
    Scripted(std::string metric, Work work) : metric_{std::move(metric)}, work_{std::move(work)} {}

    std::vector<std::string> metrics() const override
    {
        std::vector<std::string> all{metric_};
        all.insert(all.end(), others.begin(), others.end());
        return all;
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        {
            const std::lock_guard guard(mutex_);
            batches.push_back(batch.size());
        }
        std::vector<Evaluation> result;
        for (const Candidate& c : batch) {
            ++calls;
            result.push_back(work_(c, context));
        }
        return result;
    }
    std::string key(const Candidate& c) const override
    {
        return by_architecture ? to_string(c.architecture()) : c.key();
    }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        return learning ? learning(region, std::move(paths)) : nullptr;
    }
    bool trains() const override { return static_cast<bool>(learning); }
    bool measures() const override { return measuring; }
    std::uint64_t seed() const override { return 7; }
    std::size_t batch_size() const override { return likes; }
    bool save(const Candidate& c, const std::string& folder, Context& context) override
    {
        return saving && saving(c, folder, context);
    }

    std::atomic<int> calls = 0;
    bool measuring = false, by_architecture = false;
    std::vector<std::string> others;   // metrics besides
    std::size_t likes = 1;             // at once
    std::vector<std::size_t> batches;  // that it was asked
    std::function<bool(const Candidate&, const std::string&, Context&)> saving;
    std::function<std::unique_ptr<Phase>(const Region&, Sampler)> learning;

private:
    std::string metric_;
    Work work_;
    std::mutex mutex_;
};
using TestEvaluator = Scripted<Evaluator>;

class TestCost final : public Scripted<CostModel> {
public:
    using Scripted::Scripted;
    bool slow() const override { return is_slow || measuring; }
    bool is_slow = false;
};

class TestStrategy final : public Strategy {
public:
    explicit TestStrategy(std::function<void(Search&)> steps) : steps_{std::move(steps)} {}
    void search(Search& search) override { steps_(search); }

private:
    std::function<void(Search&)> steps_;
};

class TestReward final : public Reward {
public:
    double operator()(const Metrics& m) const override { return m.at("score"); }
};

/// Steps that append a random digit to a text; `save` and `load` keep it.
class Diary final : public Phase {
public:
    Diary(std::string& text, std::size_t steps) : text_{text}, steps_{steps} {}
    bool step(Step& step) override
    {
        if (before_step)
            before_step(step);
        text_ += fmt::format("{}:{} ", step.index, step.rng.below(1000));
        step.context.note("diary", static_cast<double>(step.index));
        ++made;
        return step.index + 1 < steps_;
    }
    std::optional<std::size_t> steps() const override { return steps_; }
    bool worth_saving(std::size_t step) const override { return step % save_every == save_every - 1; }
    void save(const std::string& folder) const override
    {
        std::ofstream(folder + "/first") << text_;
        if (while_saving)
            while_saving();
        std::ofstream(folder + "/second") << text_;
    }
    void load(const std::string& folder) override
    {
        std::string second;
        std::getline(std::ifstream(folder + "/first"), text_);
        std::getline(std::ifstream(folder + "/second"), second);
        if (text_.empty() || text_ != second)
            throw Error("half a diary");
        ++loads;
    }
    std::function<void(Step&)> before_step;
    std::function<void()> while_saving;
    int made = 0, loads = 0;
    std::size_t save_every = 1;

private:
    std::string& text_;
    std::size_t steps_;
};

class Told final : public host::Observer {
public:
    void evaluated(std::size_t spent, const Evaluation&) override { done = spent, ++rows; }
    void phase(std::string_view name, std::size_t step, std::optional<std::size_t> all) override
    {
        steps.push_back(fmt::format("{} {}/{}", name, step, all.value_or(0)));
    }
    void message(std::string_view sentence) override { messages.emplace_back(sentence); }
    std::size_t done = 0, rows = 0;
    std::vector<std::string> steps, messages;
};

/// An experiment and its parts. `objective` is "score", as `evaluator` gives it.
struct Bench {
    explicit Bench(
        std::function<void(Search&)> steps = [](Search&) {}, std::size_t decisions = 3)
    {
        experiment.name = "bench";
        experiment.seed = 1;
        experiment.objectives = {{"score", true, false}};
        parts.space.component = std::make_unique<Digits>(decisions);
        strategy(std::move(steps));
        evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
    }
    void strategy(std::function<void(Search&)> steps)
    {
        parts.strategy = {std::make_unique<TestStrategy>(std::move(steps)), "strategy", "", ""};
    }
    TestEvaluator& evaluator(TestEvaluator::Work work)
    {
        auto made = std::make_unique<TestEvaluator>("score", std::move(work));
        TestEvaluator& lent = *made;
        parts.evaluator = {std::move(made), "evaluator", "", "evaluator-1"};
        return lent;
    }
    TestCost& cost(std::string metric, TestCost::Work work)
    {
        auto made = std::make_unique<TestCost>(metric, std::move(work));
        TestCost& lent = *made;
        parts.costs.push_back({std::move(made), fmt::format("cost {}", parts.costs.size()), "", "cost-" + metric});
        return lent;
    }
    TestEvaluator& final(std::string metric, TestEvaluator::Work work)
    {
        auto made = std::make_unique<TestEvaluator>(metric, std::move(work));
        TestEvaluator& lent = *made;
        parts.finals.push_back({std::move(made), fmt::format("final {}", parts.finals.size()), "", "final-" + metric});
        return lent;
    }
    TestCost& verify(std::string metric, TestCost::Work work)
    {
        auto made = std::make_unique<TestCost>(metric, std::move(work));
        TestCost& lent = *made;
        parts.verifiers.push_back(
            {std::move(made), fmt::format("verify {}", parts.verifiers.size()), "", "verify-" + metric});
        return lent;
    }
    host::RunOutcome run(host::RunStore& store)
    {
        parts.setup.objectives = experiment.objectives;
        return host::run(experiment, parts, store, told, stop);
    }
    host::RunOutcome run(const std::filesystem::path& directory)
    {
        const bool there = std::filesystem::exists(directory / "run.db");
        host::RunStore store =
            there ? host::RunStore::open(directory) : host::RunStore::create(directory, "name: bench\n");
        return run(store);
    }

    host::Experiment experiment;
    host::Components parts;
    Told told;
    std::atomic<bool> stop = false;
};

/// Every evaluation with all its bits; equal runs give equal texts.
inline std::string all_results(const std::filesystem::path& directory)
{
    std::string text;
    host::RunStore::read_only(directory).for_each_evaluation([&](const host::StoredEvaluation& row) {
        text += fmt::format("{}\t{}\t{}\t{}\t{}", row.index, to_string(row.evaluation.architecture), row.key,
                            name(row.evaluation.status), row.evaluation.reason);
        for (const auto& [metric, value] : row.evaluation.metrics)
            text += fmt::format("\t{}={:a}", metric, value);
        text += '\n';
    });
    return text;
}

inline std::vector<host::StoredEvaluation> rows(const std::filesystem::path& directory)
{
    std::vector<host::StoredEvaluation> all;
    host::RunStore::read_only(directory).for_each_evaluation([&](const auto& row) { all.push_back(row); });
    return all;
}

inline std::vector<double> curve(const std::filesystem::path& directory, const std::string& series)
{
    std::vector<double> values;
    for (const host::NotedValue& note : host::RunStore::read_only(directory).notes(series))
        values.push_back(note.value);
    return values;
}

/// All results, what was counted, and what was noted in these series. Components' notes come in any order.
inline std::string everything(const std::filesystem::path& directory, const std::vector<std::string>& series)
{
    std::string text = all_results(directory);
    for (const host::StoredEvaluation& row : rows(directory))
        text += fmt::format("{}{} ", row.spent ? "spent" : "", row.evaluated ? "evaluated" : "");
    for (const std::string& name : series) {
        std::multiset<std::pair<std::size_t, double>> notes;
        for (const host::NotedValue& note : host::RunStore::read_only(directory).notes(name))
            notes.emplace(note.row, note.value);
        for (const auto& [row, value] : notes)
            text += fmt::format("\n{} {} {}", name, row, value);
    }
    return text;
}

/// Proposes random architectures until the budget is spent, `in_flight` at a time.
inline std::function<void(Search&)> random_search(std::size_t in_flight = 1)
{
    return [in_flight](Search& search) {
        Rng rng = search.rng("random");
        const Region all(search.space().decisions());
        std::size_t flying = 0;
        while (search.remaining() > 0) {
            search.submit(random_architecture(all, rng));
            if (++flying == in_flight) {
                const Evaluation e = search.collect();
                if (e.ok())
                    search.note("score", e.metrics.at("score"));
                --flying;
            }
        }
    };
}

}  // namespace espalier::test
