// SPDX-License-Identifier: Apache-2.0
// The loop of HURRICANE (Zhang et al., arXiv 1910.11609, Algorithm 1) against the interfaces, over toy parts: operators
// are scored per layer on the hardware's latency, the later layers are searched first, then the earlier ones, each in
// a one-shot super-network trained for its region. The strategy needs no LibTorch.
#include <algorithm>
#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/optimiser.hpp"

#include "catch.hpp"
#include "sketch_run.hpp"
#include "toy_images.hpp"

namespace espalier::sketches {
namespace {

/// For each layer its operators, best score first.
using Ranking = std::vector<std::vector<std::uint16_t>>;

class Hurricane final : public Strategy {
public:
    struct Options {
        double alpha = 0.1, mutation = 0.1;
        std::size_t keep = 3, split = 2, generations = 3, population = 6, parents = 3;
    };
    Hurricane(const Options& options, const Evaluator& evaluator) : options_{options}
    {
        if (!evaluator.trains())
            throw Error("needs an evaluator with a super-network, e.g. `evaluator: {use: one_shot}`");
    }

    void search(Search& search) override  // Algorithm 1
    {
        const Ranking ranking = rank_operators(search);
        Architecture winner = best_of_each_layer(ranking);
        const std::size_t layers = ranking.size(), split = options_.split;
        for (const auto& [stage, first, last] : {Stage{"stage 1", split, layers}, Stage{"stage 2", 0, split}}) {
            if (first == last)
                continue;
            Region region(winner);
            for (std::size_t layer = first; layer < last; ++layer)
                region.allow(layer, ascending(ranking[layer]));
            search.train(stage, region);
            winner = evolve(search, region, search.rng(stage));
        }
        search.winner({.name = "hurricane", .architecture = winner, .metrics = {}, .save = {}});
    }

private:
    struct Stage {
        const char* name;
        std::size_t first, last;
    };

    static std::vector<std::uint16_t> ascending(std::vector<std::uint16_t> options)
    {
        std::ranges::sort(options);
        return options;
    }
    Ranking rank_operators(Search& search) const
    {
        const Network super = search.space().network(Region(search.space().decisions()));
        Ranking ranking;
        for (const Layer layer : super) {
            if (layer.op() != Op::choice)
                continue;
            std::vector<std::pair<double, std::uint16_t>> scored;
            for (std::uint16_t option = 0; option < layer.inputs().size(); ++option) {
                const Network op = branch(super, layer.index(), option).network;
                scored.emplace_back(-score(op, search.cost(op).at("latency_ms")), option);
            }
            std::ranges::stable_sort(scored, {}, &std::pair<double, std::uint16_t>::first);
            scored.resize(std::min(scored.size(), options_.keep));
            std::vector<std::uint16_t>& kept = ranking.emplace_back();
            for (const auto& [worse, option] : scored)
                kept.push_back(option);
        }
        return ranking;
    }
    /// (F P)^alpha / tau as a logarithm, eq. 2.
    double score(const Network& op, double latency_ms) const
    {
        return options_.alpha * (std::log(macs(op)) + std::log(params(op))) - std::log(latency_ms);
    }
    static Architecture best_of_each_layer(const Ranking& ranking)
    {
        Architecture best;
        for (const auto& operators : ranking)
            best.choices.push_back(operators.front());
        return best;
    }

    Architecture evolve(Search& search, const Region& region, Rng rng) const  // section 3.4: as single-path one-shot
    {
        std::vector<Evaluation> all;
        for (std::size_t g = 0; g < options_.generations && search.remaining() > 0; ++g) {
            for (Evaluation& evaluation : search.evaluate(children(search, region, all, rng)))
                if (evaluation.ok())
                    all.push_back(std::move(evaluation));
            std::ranges::stable_sort(all, std::greater{}, [&](const Evaluation& evaluation) {
                return evaluation.metrics.at(search.objectives()[0].metric);
            });
        }
        return all.at(0).architecture;
    }
    /// Mutants and crossings of the best so far in turn, feasible ones; at first random ones.
    std::vector<Architecture> children(Search& search, const Region& region, std::span<const Evaluation> all,
                                       Rng& rng) const
    {
        const std::size_t parents = std::min(all.size(), options_.parents);
        const auto parent = [&] { return all[rng.below(parents)].architecture; };
        std::vector<Architecture> made;
        for (int tries = 0; made.size() < options_.population && tries < 100; ++tries) {
            const Architecture child = parents == 0     ? random_architecture(region, rng)
                                       : tries % 2 == 0 ? mutated(parent(), region, options_.mutation, rng)
                                                        : crossed(parent(), parent(), rng);
            if (search.feasible(child))
                made.push_back(child);
        }
        return made;
    }

    Options options_;
};

/// Four layers of one of four operators each.
class OperatorChain final : public ToySpace {
public:
    OperatorChain()
    {
        std::size_t x = conv(super_.add(Op::input, {}, {{"shape", {1, 8, 8}}}), 3, 1, "stem");
        for (std::size_t layer = 0; layer < 4; ++layer) {
            const std::string name = "layer" + std::to_string(layer);
            decisions_.push_back({name, {"k1", "k3", "k5", "k3x2"}});
            const std::size_t twice = conv(conv(x, 3, 1, name + ".first"), 3, 1, name + ".second");
            x = super_.add(
                Op::choice,
                {conv(x, 1, 1, name + ".k1"), conv(x, 3, 1, name + ".k3"), conv(x, 5, 1, name + ".k5"), twice},
                {{"decision", {static_cast<double>(layer)}}});
        }
        super_.add(Op::linear, {super_.add(Op::global_average, {x})}, {{"out", {2}}}, "classifier");
    }

private:
    std::size_t conv(std::size_t x, double kernel, double stride, const std::string& name)
    {
        x = super_.add(Op::conv, {x}, {{"out", {6}}, {"kernel", {kernel}}, {"stride", {stride}}}, name);
        return super_.add(Op::relu, {super_.add(Op::batch_norm, {x}, {}, name + ".norm")});
    }
};

/// A super-network trained path by path; an architecture is judged with statistics of its own.
class OneShot final : public Evaluator {
public:
    explicit OneShot(const SearchSpace& space)
        : super_{space.network(Region(space.decisions()))}, weights_{super_, {}, 1}, sgd_{weights_.parameters(), sgd()}
    {
    }
    std::vector<std::string> metrics() const override { return {"score"}; }
    bool trains() const override { return true; }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        return std::make_unique<Training>(*this, region, std::move(paths));
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& candidate : batch) {
            const c10::NoGradGuard no_gradients;
            const Network& network = candidate.network();
            std::vector<at::Tensor> images{train_.x.slice(0, 0, 32), train_.x.slice(0, 32, 64)};
            torch_sdk::Statistics own = torch_sdk::recalibrated(network, weights_, [&, next = 0U]() mutable {
                return next < images.size() ? images[next++] : at::Tensor();
            });
            const at::Tensor logits = torch_sdk::forward(network, weights_, held_out_.x, {.statistics = &own});
            const double share =
                static_cast<double>(torch_sdk::correct(logits, held_out_.y)) / static_cast<double>(held_out_.y.size(0));
            all.push_back({candidate.architecture(), {{"score", 100 * share}}, Status::ok, ""});
        }
        return all;
    }

private:
    class Training final : public Phase {
    public:
        Training(OneShot& owner, const Region& region, Sampler paths)
            : owner_{owner}, region_{region}, paths_{std::move(paths)}
        {
        }
        bool step(Step& step) override  // one uniformly drawn path a batch
        {
            for (int i = 0; i < 8; ++i) {
                const Network path = resolved(owner_.super_, Region(paths_(step.rng)));
                const Images images = bars(16, Rng(step.rng()));
                const at::Tensor logits =
                    torch_sdk::forward(path, owner_.weights_, images.x, {.mode = torch_sdk::Mode::train});
                owner_.sgd_.step(torch_sdk::cross_entropy(logits, images.y));
            }
            return step.index + 1 < *steps();
        }
        std::optional<std::size_t> steps() const override { return 4; }
        void save(const std::string& folder) const override
        {
            owner_.weights_.save(folder), owner_.sgd_.save(folder, "sgd");
        }
        void load(const std::string& folder) override { owner_.weights_.load(folder), owner_.sgd_.load(folder, "sgd"); }

    private:
        OneShot& owner_;
        Region region_;
        Sampler paths_;
    };

    static torch_sdk::Sgd sgd() { return {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 4e-5}; }

    Network super_;
    torch_sdk::Weights weights_;
    torch_sdk::Optimiser sgd_;
    Images train_ = bars(64, Rng(1, "train")), held_out_ = bars(64, Rng(1, "held out"));
};

/// Latency that grows slower than MACs, learnt once: a predictor that counts how often it was fitted.
class Predictor final : public CostModel {
public:
    explicit Predictor(int& fitted) : fitted_{fitted} {}
    std::vector<std::string> metrics() const override { return {"latency_ms"}; }
    bool trains() const override { return true; }
    std::unique_ptr<Phase> training(const Region&, Sampler) override { return std::make_unique<Fit>(fitted_); }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& candidate : batch)
            all.push_back({candidate.architecture(),
                           {{"latency_ms", std::pow(macs(candidate.network()), 0.8) / 1000}},
                           Status::ok,
                           ""});
        return all;
    }

private:
    struct Fit final : Phase {
        explicit Fit(int& fitted) : fitted_{fitted} {}
        bool step(Step&) override { return ++fitted_, false; }
        void save(const std::string& folder) const override { std::ofstream(folder + "/fit") << "1"; }
        void load(const std::string&) override {}
        int& fitted_;
    };
    int& fitted_;
};

struct HurricaneRun : SketchRun {
    explicit HurricaneRun(int stop_after = 0) : SketchRun(stop_after)
    {
        auto space = std::make_unique<OperatorChain>();
        auto evaluator = std::make_unique<OneShot>(*space);
        bench.parts.strategy = {std::make_unique<Hurricane>(Hurricane::Options{}, *evaluator), "strategy", "", ""};
        bench.parts.space.component = std::move(space);
        bench.parts.evaluator = {std::move(evaluator), "evaluator", "", "one-shot"};
        bench.parts.costs.push_back({std::make_unique<Predictor>(fitted), "cost 0", "", "predictor"});
        bench.experiment.constraints = {{.metric = "latency_ms", .maximum = 12}};
    }
    int fitted = 0;
};

}  // namespace

TEST_CASE("HURRICANE's loop searches in two stages", "[sketches]")
{
    const TemporaryFolder folder;
    HurricaneRun run;
    const host::RunOutcome outcome = run(folder / "run");
    INFO(outcome.sentence);
    REQUIRE(outcome.state == host::RunState::finished);
    REQUIRE(outcome.winners.size() == 1);
    CHECK(outcome.winners[0].metrics.at("score") > 80);
    CHECK(outcome.winners[0].metrics.at("latency_ms") <= 12);
    CHECK(run.fitted == 1);  // stage 2 trains another super-network, never the predictor
}

TEST_CASE("HURRICANE's loop goes on in the middle of a training to the same bits", "[sketches]")
{
    const TemporaryFolder folder;
    HurricaneRun whole;
    REQUIRE(whole(folder / "whole").state == host::RunState::finished);
    for (const int step : {1, 3, 7}) {
        const std::filesystem::path again = folder / std::to_string(step);
        REQUIRE(HurricaneRun(step)(again).state == host::RunState::interrupted);
        REQUIRE(HurricaneRun()(again).state == host::RunState::finished);
        CHECK(test::all_results(again) == test::all_results(folder / "whole"));
    }
}

}  // namespace espalier::sketches
