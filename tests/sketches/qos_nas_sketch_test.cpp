// SPDX-License-Identifier: Apache-2.0
// The loop of QoS-NAS (request-aware InstaNAS; Cheng et al., AAAI 2020, for its stages) against the interfaces, over
// toy parts: a controller looks at the image and the requested frame rate and switches modules of a meta-graph on and
// off, for each example. The winner is a model.
#include <ATen/ATen.h>

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/optimiser.hpp"

#include "catch.hpp"
#include "sketch_run.hpp"
#include "toy_images.hpp"

namespace espalier::sketches {
namespace {

using at::Tensor;
using torch_sdk::Gates;
using torch_sdk::Mode;

constexpr std::int64_t kBatch = 16;
constexpr int kBatches = 6;
constexpr double kFixedMs = 1;

/// Numbers as [n] of the generator's own.
Tensor uniform(std::int64_t n, Rng& rng)
{
    return at::rand({n}, torch_sdk::generator(rng));
}

/// [batch, decisions] of zeros and ones to a gate [batch, 2] of each decision: off, on.
Gates as_gates(const Tensor& mask)
{
    Gates gates;
    for (std::int64_t d = 0; d < mask.size(1); ++d)
        gates[static_cast<std::size_t>(d)] = at::stack({1 - mask.select(1, d), mask.select(1, d)}, 1);
    return gates;
}

Tensor bounded(const Tensor& p, double alpha)
{
    return alpha * p + (1 - alpha) * (1 - p);
}
Tensor bernoulli(const Tensor& p, Rng& rng)
{
    return at::rand(p.sizes(), torch_sdk::generator(rng)).lt(p.detach()).to(p.dtype());
}
Tensor log_probability(const Tensor& sampled, const Tensor& p)
{
    return (sampled * p.log() + (1 - sampled) * (1 - p).log()).sum(1);
}
Tensor entropy(const Tensor& p)
{
    return -(p * p.log() + (1 - p) * (1 - p).log()).sum();
}

/// Latency of each example's policy: what always runs and the modules that are on. [batch, decisions] to [batch]
class PolicyLatency {
public:
    PolicyLatency(const Network& meta, std::size_t decisions, Search& search)
        : ms_{at::zeros({std::int64_t(decisions)})}
    {
        for (const Layer layer : meta)
            if (layer.op() == Op::choice)
                ms_[static_cast<std::int64_t>(layer.decision())] =
                    search.cost(branch(meta, layer.index(), 1).network).at("latency_ms");
    }
    Tensor operator()(const Tensor& mask) const { return kFixedMs + at::matmul(mask, ms_); }

private:
    Tensor ms_;
};

/// Probabilities of the modules, from pooled images and requests.
class Controller {
public:
    explicit Controller(std::size_t decisions, Rng& rng) : network_{layers(decisions)}, weights_{network_, {}, rng()} {}
    Tensor operator()(const Tensor& images, const Tensor& requests) const
    {
        const Tensor features = at::cat({images.flatten(1), requests.unsqueeze(1)}, 1);
        return torch_sdk::forward(network_, weights_, features, {.mode = Mode::train});
    }
    torch_sdk::Weights& weights() { return weights_; }
    const torch_sdk::Weights& weights() const { return weights_; }

private:
    static Network layers(std::size_t decisions)
    {
        Network n;
        const std::size_t x = n.add(Op::linear, {n.add(Op::input, {}, {{"shape", {65}}})}, {{"out", {16}}}, "hidden");
        const auto out = static_cast<double>(decisions);
        n.add(Op::sigmoid, {n.add(Op::linear, {n.add(Op::relu, {x})}, {{"out", {out}}}, "modules")});
        return n;
    }
    Network network_;
    torch_sdk::Weights weights_;
};

/// What the three phases share.
struct Model {
    Network meta;
    torch_sdk::Weights weights;
    Controller controller;
    PolicyLatency latency;
    void save(const std::string& folder) const
    {
        std::filesystem::create_directories(folder + "/meta");
        std::filesystem::create_directories(folder + "/controller");
        weights.save(folder + "/meta"), controller.weights().save(folder + "/controller");
    }
    void load(const std::string& folder)
    {
        weights.load(folder + "/meta"), controller.weights().load(folder + "/controller");
    }
};

/// Frame rates per second, from `low` to `high`.
struct Requests {
    double low = 150, high = 700;
    Tensor draw(std::int64_t n, Rng& rng) const { return low + (high - low) * uniform(n, rng); }
    Tensor scaled(const Tensor& requests) const { return (requests - low) / (high - low); }
};

/// What training the meta-graph under a policy has in common.
class Training : public Phase {
public:
    Training(Model& model, std::size_t epochs, double rate)
        : model_{model}, epochs_{epochs}, sgd_{model.weights.parameters(), torch_sdk::Sgd{rate, 0.9}}
    {
    }
    std::optional<std::size_t> steps() const override { return epochs_; }
    void save(const std::string& folder) const override { model_.save(folder), sgd_.save(folder, "sgd"); }
    void load(const std::string& folder) override { model_.load(folder), sgd_.load(folder, "sgd"); }

protected:
    void train(const Images& images, const Tensor& mask)
    {
        const Gates gates = as_gates(mask);
        const Tensor logits =
            torch_sdk::forward(model_.meta, model_.weights, images.x,
                               {.mode = Mode::train, .gates = &gates, .statistics = &model_.weights.statistics()});
        sgd_.step(torch_sdk::cross_entropy(logits, images.y));
    }
    Model& model_;
    std::size_t epochs_;
    torch_sdk::Optimiser sgd_;
};

class Pretrain final : public Training {  // (a) one-shot, with dropped modules
public:
    Pretrain(Model& model, std::size_t epochs, std::int64_t modules) : Training(model, epochs, 0.05), modules_{modules}
    {
    }
    bool step(Step& step) override
    {
        for (int i = 0; i < kBatches; ++i)
            train(bars(kBatch, Rng(step.rng())), bernoulli(at::full({kBatch, modules_}, 0.7), step.rng));
        return step.index + 1 < epochs_;
    }

private:
    std::int64_t modules_;
};

class JointSearch final : public Training {  // (b) controller and meta-graph in turn
public:
    JointSearch(Model& model, const Requests& requests, const Reward& reward, std::size_t epochs)
        : Training(model, epochs, 0.01),
          requests_{requests},
          reward_{reward},
          adam_{model.controller.weights().parameters(), torch_sdk::Adam{.learning_rate = 5e-3}}
    {
    }
    bool step(Step& step) override
    {
        const double progress = static_cast<double>(step.index) / static_cast<double>(epochs_);
        const double alpha = 0.8 + 0.17 * progress;
        for (int i = 0; i < kBatches; ++i) {
            const Images images = bars(kBatch, Rng(step.rng()));
            const Tensor r = requests_.draw(kBatch, step.rng);
            const Tensor p = model_.controller(images.x, requests_.scaled(r)), q = bounded(p, alpha);
            const Tensor sampled = bernoulli(q, step.rng), greedy = (p >= 0.5).to(p.dtype());
            const Tensor advantage = rewards(images, r, sampled) - rewards(images, r, greedy);  // self-critical
            adam_.step(-((log_probability(sampled, q) * advantage).sum() + 0.02 * entropy(q)) / kBatch);
        }
        for (int i = 0; i < kBatches; ++i) {
            const Images images = bars(kBatch, Rng(step.rng()));
            const Tensor r = requests_.scaled(requests_.draw(kBatch, step.rng));
            train(images, bernoulli(bounded(model_.controller(images.x, r).detach(), alpha), step.rng));
        }
        return step.index + 1 < epochs_;
    }
    void save(const std::string& folder) const override { Training::save(folder), adam_.save(folder, "adam"); }
    void load(const std::string& folder) override { Training::load(folder), adam_.load(folder, "adam"); }

private:
    Tensor rewards(const Images& images, const Tensor& requests, const Tensor& mask)
    {
        const c10::NoGradGuard no_gradients;
        const Gates gates = as_gates(mask);
        const Tensor logits = torch_sdk::forward(model_.meta, model_.weights, images.x,
                                                 {.gates = &gates, .execution = torch_sdk::GateExecution::gathered});
        const Tensor right = logits.argmax(1).eq(images.y), fps = 1000 / model_.latency(mask);
        Tensor result = at::empty({images.x.size(0)});
        for (std::int64_t i = 0; i < result.size(0); ++i)
            result[i] = reward_({{"correct", right[i].item<double>()},
                                 {"fps", fps[i].item<double>()},
                                 {"requested_fps", requests[i].item<double>()}});
        return result;
    }
    Requests requests_;
    const Reward& reward_;
    torch_sdk::Optimiser adam_;
};

class FineTune final : public Training {  // (c) the controller stays as it is
public:
    FineTune(Model& model, const Requests& requests, std::size_t epochs)
        : Training(model, epochs, 0.01), requests_{requests}
    {
    }
    bool step(Step& step) override
    {
        for (int i = 0; i < kBatches; ++i) {
            const Images images = bars(kBatch, Rng(step.rng()));
            const Tensor r = requests_.scaled(requests_.draw(kBatch, step.rng));
            train(images, (model_.controller(images.x, r).detach() >= 0.5).to(at::kFloat));
        }
        return step.index + 1 < epochs_;
    }

private:
    Requests requests_;
};

/// Right answers at the requested rate, with the greedy policy.
Metrics satisfied(Model& model, const Requests& requests, Rng rng)
{
    const c10::NoGradGuard no_gradients;
    const Images images = bars(128, Rng(rng()));
    const Tensor r = requests.draw(128, rng);
    const Tensor mask = (model.controller(images.x, requests.scaled(r)) >= 0.5).to(at::kFloat);
    const Gates gates = as_gates(mask);
    const Tensor right = torch_sdk::forward(model.meta, model.weights, images.x,
                                            {.gates = &gates, .execution = torch_sdk::GateExecution::automatic})
                             .argmax(1)
                             .eq(images.y);
    const Tensor in_time = (1000 / model.latency(mask)).ge(r);
    return {{"top1_pct", 100 * right.to(at::kDouble).mean().item<double>()},
            {"satisfied_pct", 100 * right.logical_and(in_time).to(at::kDouble).mean().item<double>()}};
}

class QosNas final : public Strategy {
public:
    explicit QosNas(const Reward& reward) : reward_{reward} {}

    void search(Search& search) override
    {
        Rng rng = search.rng("weights");
        const std::size_t modules = search.space().decisions().size();
        const Network meta = search.space().network(Region(search.space().decisions()));
        Model model{meta, {meta, {}, rng()}, Controller(modules, rng), {meta, modules, search}};
        const Requests requests;
        Pretrain pretrain(model, 3, static_cast<std::int64_t>(modules));
        search.phase("pre-train", pretrain);
        JointSearch joint(model, requests, reward_, 4);
        search.phase("search", joint);
        FineTune tune(model, requests, 2);
        search.phase("fine-tune", tune);
        search.winner({.name = "controller and meta-graph",
                       .architecture = {},
                       .metrics = satisfied(model, requests, search.rng("test")),
                       .save = [&](const std::string& folder) { model.save(folder); }});
    }

private:
    const Reward& reward_;
};

/// Three layers of two modules each; where none is on, the input passes through.
class MetaGraph final : public ToySpace {
public:
    MetaGraph()
    {
        std::size_t x = module(super_.add(Op::input, {}, {{"shape", {1, 8, 8}}}), 3, "stem");
        for (std::size_t layer = 0; layer < 3; ++layer) {
            std::vector<std::size_t> selected;
            for (const double kernel : {3.0, 5.0}) {
                const auto decision = static_cast<double>(decisions_.size());
                decisions_.push_back({"module " + std::to_string(decisions_.size()), {"off", "on"}});
                const std::size_t y = module(x, kernel, decisions_.back().name);
                selected.push_back(super_.add(Op::choice, {super_.add(Op::zero, {y}), y}, {{"decision", {decision}}}));
            }
            x = super_.add(Op::otherwise, {super_.add(Op::add, selected), x});
        }
        super_.add(Op::linear, {super_.add(Op::global_average, {x})}, {{"out", {2}}}, "classifier");
    }

private:
    std::size_t module(std::size_t x, double kernel, const std::string& name)
    {
        x = super_.add(Op::conv, {x}, {{"out", {6}}, {"kernel", {kernel}}}, name);
        return super_.add(Op::relu, {super_.add(Op::batch_norm, {x}, {}, name + ".norm")});
    }
};

struct QosProduct final : Reward {
    double operator()(const Metrics& m) const override
    {
        return m.at("fps") >= m.at("requested_fps") ? m.at("correct") : 0;
    }
};

/// A microsecond for every hundred multiply-adds.
class Latency final : public CostModel {
public:
    std::vector<std::string> metrics() const override { return {"latency_ms"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& candidate : batch)
            all.push_back(
                {candidate.architecture(), {{"latency_ms", macs(candidate.network()) / 1e5}}, Status::ok, ""});
        return all;
    }
};

struct QosNasRun : SketchRun {
    explicit QosNasRun(int stop_after = 0) : SketchRun(stop_after)
    {
        bench.parts.space.component = std::make_unique<MetaGraph>();
        bench.parts.strategy = {std::make_unique<QosNas>(reward), "strategy", "", ""};
        bench.parts.costs.push_back({std::make_unique<Latency>(), "cost 0", "", "latency"});
        bench.parts.evaluator = {};
        bench.experiment.objectives.clear();
    }
    QosProduct reward;
};

std::string bytes(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The saved model of a run's winner, file after file.
std::string model(const std::filesystem::path& run)
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run / "winners"))
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::ranges::sort(files);
    std::string all;
    for (const auto& file : files)
        all += file.filename().string() + "\n" + bytes(file);
    return all;
}

}  // namespace

TEST_CASE("QoS-NAS' loop ends with a model that answers requests", "[sketches]")
{
    const TemporaryFolder folder;
    QosNasRun run;
    const host::RunOutcome outcome = run(folder / "run");
    INFO(outcome.sentence);
    REQUIRE(outcome.state == host::RunState::finished);
    REQUIRE(outcome.winners.size() == 1);
    CHECK_FALSE(outcome.winners[0].architecture);
    CHECK(outcome.winners[0].metrics.at("top1_pct") > 75);
    CHECK(outcome.winners[0].metrics.at("satisfied_pct") <= outcome.winners[0].metrics.at("top1_pct"));
    CHECK(model(folder / "run").size() > 1000);
}

TEST_CASE("QoS-NAS' loop goes on in the middle of each phase to the same bits", "[sketches]")
{
    const TemporaryFolder folder;
    QosNasRun whole;
    REQUIRE(whole(folder / "whole").state == host::RunState::finished);
    for (const int step : {1, 5, 8}) {
        const std::filesystem::path again = folder / std::to_string(step);
        QosNasRun first(step), second;
        REQUIRE(first(again).state == host::RunState::interrupted);
        REQUIRE(second(again).state == host::RunState::finished);
        CHECK(model(again) == model(folder / "whole"));
    }
}

}  // namespace espalier::sketches
