// SPDX-License-Identifier: Apache-2.0
// The loop of U-Boost NAS (Yuzuguler et al., arXiv 2204.04412) against the interfaces, over toy parts: one gradient
// search over operations, one over widths, both a phase with weights of their own; the hardware's time and utilisation
// come through LayerCosts.
#include <cmath>

#include <ATen/ATen.h>

#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/network/layer_cost.hpp"
#include "espalier/torch/network/relaxation.hpp"
#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/optimiser.hpp"

#include "catch.hpp"
#include "sketch_run.hpp"
#include "toy_images.hpp"

namespace espalier::sketches {
namespace {

using at::Tensor;
using torch_sdk::Gates;

/// Sums over blocks, sections 3.3 and 3.4 of the paper: the time, and the mean utilisation.
struct HardwareLoss {
    Tensor time, utilisation;
};

/// A mixed edge costs what its operations that take time cost on average, weighted by their gates.
HardwareLoss hardware_loss(const Network& super, const Gates& gates, const LayerCosts& time,
                           const LayerCosts& utilisation)
{
    const std::vector<Tensor> widths = torch_sdk::expected_widths(super, gates);
    const auto cost = [&](const LayerCosts& of, const Layer& layer) {
        return torch_sdk::layer_cost(of, layer, widths[layer.inputs()[0]], widths[layer.index()]);
    };
    std::vector<Tensor> times, utilisations;
    for (const Layer edge : super) {
        if (edge.op() != Op::choice)
            continue;
        const Tensor& gate = gates.at(edge.decision());
        Tensor t = at::zeros({}, gate.options()), u = t, weight = t;
        for (std::size_t option = 0; option < edge.inputs().size(); ++option)
            for (const std::size_t origin : branch(super, edge.index(), option).origins)
                if (super[origin].op() == Op::conv) {
                    const Tensor g = gate[static_cast<std::int64_t>(option)];
                    t = t + g * cost(time, super[origin]), u = u + g * cost(utilisation, super[origin]);
                    weight = weight + g;
                }
        times.push_back(t / weight), utilisations.push_back(u / weight);
    }
    if (times.empty())  // stage 2: every convolution is a block
        for (const Layer layer : super)
            if (layer.op() == Op::conv)
                times.push_back(cost(time, layer)), utilisations.push_back(cost(utilisation, layer));
    return {at::stack(times).sum(), at::stack(utilisations).mean()};
}

/// Stages 1 and 2 are the same gradient search; what differs is the region whose decisions are still open.
class GradientSearch final : public Phase {
public:
    GradientSearch(Network super, const LayerCosts& time, const LayerCosts& utilisation, Gates logits,
                   std::size_t epochs, Rng rng)
        : super_{std::move(super)},
          time_{time},
          utilisation_{utilisation},
          logits_{std::move(logits)},
          epochs_{epochs},
          weights_{super_, {}, rng()},
          sgd_{weights_.parameters(), torch_sdk::Sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 3e-4}},
          adam_{values(), torch_sdk::Adam{.learning_rate = 0.2}}
    {
    }

    bool step(Step& step) override  // one epoch: weights and logits in turn
    {
        const double temperature = std::pow(0.9, static_cast<double>(step.index));
        for (int i = 0; i < kBatches; ++i) {
            const Images images = bars(16, Rng(step.rng()));
            const Gates gates = draw(temperature, step.rng);
            const HardwareLoss hardware = hardware_loss(super_, gates, time_, utilisation_);
            const Tensor logits =
                torch_sdk::forward(super_, weights_, images.x, {.mode = torch_sdk::Mode::train, .gates = &gates});
            const Tensor loss =
                torch_sdk::cross_entropy(logits, images.y) + 0.5 * hardware.time - hardware.utilisation;  // eq. 8
            (i < kBatches * 3 / 4 ? sgd_ : adam_).step(loss);
            sgd_.forget_gradients(), adam_.forget_gradients();
            step.context.note("loss", loss.item<double>());
        }
        return step.index + 1 < epochs_;
    }
    std::optional<std::size_t> steps() const override { return epochs_; }
    Architecture best(Architecture fixed) const
    {
        for (const auto& [decision, logits] : logits_)
            fixed.choices[decision] = static_cast<std::uint16_t>(logits.argmax().item<std::int64_t>());
        return fixed;
    }
    void save(const std::string& folder) const override
    {
        weights_.save(folder), sgd_.save(folder, "sgd"), adam_.save(folder, "adam");
        std::vector<std::pair<std::string, Tensor>> logits;
        for (const auto& [decision, value] : logits_)
            logits.emplace_back(std::to_string(decision), value.detach());
        torch_sdk::save_tensors(folder + "/logits", logits);
    }
    void load(const std::string& folder) override
    {
        weights_.load(folder), sgd_.load(folder, "sgd"), adam_.load(folder, "adam");
        const c10::NoGradGuard no_gradients;
        for (const auto& [decision, value] : torch_sdk::load_tensors(folder + "/logits"))
            logits_.at(std::stoul(decision)).copy_(value);
    }

private:
    static constexpr int kBatches = 8;

    Gates draw(double temperature, Rng& rng) const
    {
        Gates gates;
        for (const auto& [decision, logits] : logits_)
            gates[decision] = torch_sdk::gumbel_softmax(logits, temperature, rng);
        return gates;
    }
    std::vector<Tensor> values() const
    {
        std::vector<Tensor> all;
        for (const auto& [decision, logits] : logits_)
            all.push_back(logits);
        return all;
    }

    Network super_;
    const LayerCosts &time_, &utilisation_;
    Gates logits_;
    std::size_t epochs_;
    torch_sdk::Weights weights_;
    torch_sdk::Optimiser sgd_, adam_;
};

class UBoost final : public Strategy {
public:
    UBoost(const LayerCosts& time, const LayerCosts& utilisation) : time_{time}, utilisation_{utilisation} {}

    void search(Search& search) override
    {
        const Region cell = cells_only(search.space());
        GradientSearch operations = stage(search, cell, 4, "cell");
        search.phase("stage 1: cell", operations);
        const Architecture found = operations.best(first(cell));
        const Region open = widths_only(search.space(), found);
        GradientSearch widths = stage(search, open, 6, "widths");
        search.phase("stage 2: widths", widths);
        const Architecture best = widths.best(found);
        const Metrics metrics = search.cost(std::span(&best, 1)).front().metrics;
        search.winner({.name = "u_boost", .architecture = best, .metrics = metrics, .save = {}});
    }  // stage 3 is `final`

private:
    GradientSearch stage(Search& search, const Region& open, std::size_t epochs, std::string_view purpose) const
    {
        Rng rng = search.rng(purpose);
        Gates logits;
        for (std::size_t d = 0; d < open.decisions(); ++d)
            if (open.options(d).size() > 1) {
                logits[d] =
                    0.1 * at::randn({static_cast<std::int64_t>(open.options(d).size())}, torch_sdk::generator(rng));
                logits[d].requires_grad_();
            }
        return {search.space().network(open), time_, utilisation_, std::move(logits), epochs, rng};
    }
    /// The first half of the toy's decisions are operations, the second half widths.
    static Region cells_only(const SearchSpace& space)
    {
        Region region(space.decisions());
        for (std::size_t d = region.decisions() / 2; d < region.decisions(); ++d)
            region.fix(d, static_cast<std::uint16_t>(space.decisions()[d].options.size() - 1));
        return region;
    }
    static Region widths_only(const SearchSpace& space, const Architecture& cell)
    {
        Region region(space.decisions());
        for (std::size_t d = 0; d < region.decisions() / 2; ++d)
            region.fix(d, cell.choices[d]);
        return region;
    }
    static Architecture first(const Region& region)
    {
        Architecture architecture;
        for (std::size_t d = 0; d < region.decisions(); ++d)
            architecture.choices.push_back(region.options(d).front());
        return architecture;
    }

    const LayerCosts &time_, &utilisation_;
};

/// Two edges of a small or a large convolution, or nothing but the input; then two widths.
class Cell final : public ToySpace {
public:
    Cell()
    {
        decisions_ = {{"edge 0", {"k1", "k3"}},
                      {"edge 1", {"k1", "k5"}},
                      {"width 0", {"2", "5", "8"}, true},
                      {"width 1", {"2", "5", "8"}, true}};
        std::size_t x = super_.add(Op::input, {}, {{"shape", {1, 8, 8}}});
        for (std::size_t edge = 0; edge < 2; ++edge) {
            const std::string name = "edge" + std::to_string(edge);
            std::vector<std::size_t> options;
            for (const double kernel : {1.0, edge == 0 ? 3.0 : 5.0})
                options.push_back(super_.add(Op::conv, {x}, {{"out", {8}}, {"kernel", {kernel}}},
                                             name + ".k" + std::to_string(static_cast<int>(kernel))));
            x = super_.add(Op::choice, options, {{"decision", {static_cast<double>(edge)}}});
            x = super_.add(Op::channel_mask, {x},
                           {{"decision", {static_cast<double>(2 + edge)}}, {"widths", {2, 5, 8}}});
            x = super_.add(Op::relu, {super_.add(Op::batch_norm, {x}, {}, name + ".norm")});
        }
        super_.add(Op::linear, {super_.add(Op::global_average, {x})}, {{"out", {2}}}, "classifier");
    }
};

/// An array of four by four: time grows with the tiles that are touched, smoothly; utilisation is the share in use.
class ToyArray final : public CostModel, public LayerCosts {
public:
    explicit ToyArray(bool utilisation) : utilisation_{utilisation} {}
    std::vector<std::string> metrics() const override { return {utilisation_ ? "utilisation" : "time_ms"}; }
    const LayerCosts* layers(std::string_view metric) const override { return metric == metrics()[0] ? this : nullptr; }
    LayerCost operator()(const Layer& layer, double in, double out) const override
    {
        const double k = layer.spec().number("kernel", 1), scale = k * k / 1000;
        const double tiles_in = 1 + in / 4, tiles_out = 1 + out / 4, time = scale * tiles_in * tiles_out;
        if (!utilisation_)
            return {time, scale * tiles_out / 4, scale * tiles_in / 4};
        const double a = in / 4 / tiles_in, b = out / 4 / tiles_out;
        return {a * b, b / 4 / (tiles_in * tiles_in), a / 4 / (tiles_out * tiles_out)};
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& candidate : batch) {
            double sum = 0, blocks = 0;
            for (const Layer layer : candidate.network())
                if (layer.op() == Op::conv) {
                    sum += (*this)(layer, static_cast<double>(layer.input_shape()[0]),
                                   static_cast<double>(layer.shape()[0]))
                               .value;
                    ++blocks;
                }
            all.push_back(
                {candidate.architecture(), {{metrics()[0], utilisation_ ? sum / blocks : sum}}, Status::ok, ""});
        }
        return all;
    }

private:
    bool utilisation_;
};

struct UBoostRun : SketchRun {
    explicit UBoostRun(int stop_after = 0) : SketchRun(stop_after)
    {
        auto time = std::make_unique<ToyArray>(false), utilisation = std::make_unique<ToyArray>(true);
        bench.parts.space.component = std::make_unique<Cell>();
        bench.parts.strategy = {std::make_unique<UBoost>(*time, *utilisation), "strategy", "", ""};
        bench.parts.costs.push_back({std::move(time), "cost 0", "", "time"});
        bench.parts.costs.push_back({std::move(utilisation), "cost 1", "", "utilisation"});
        bench.parts.evaluator = {};
        bench.experiment.objectives.clear();
    }
};

}  // namespace

TEST_CASE("U-Boost's loop finds operations, then widths", "[sketches]")
{
    const TemporaryFolder folder;
    UBoostRun run;
    const host::RunOutcome outcome = run(folder / "run");
    INFO(outcome.sentence);
    REQUIRE(outcome.state == host::RunState::finished);
    REQUIRE(outcome.winners.size() == 1);
    CHECK(outcome.winners[0].metrics.contains("time_ms"));
    CHECK(outcome.winners[0].metrics.contains("utilisation"));
    REQUIRE(run.notes.size() == 80);
    CHECK(run.notes.back() < run.notes.front());
}

TEST_CASE("U-Boost's loop goes on in the middle of a stage to the same bits", "[sketches]")
{
    const TemporaryFolder folder;
    UBoostRun whole;
    const host::RunOutcome expected = whole(folder / "whole");
    for (const int step : {2, 7}) {
        const std::filesystem::path again = folder / std::to_string(step);
        UBoostRun first(step), second;
        REQUIRE(first(again).state == host::RunState::interrupted);
        const host::RunOutcome outcome = second(again);
        REQUIRE(outcome.winners.size() == 1);
        CHECK(outcome.winners[0].architecture == expected.winners[0].architecture);
        std::vector<double> losses = first.notes;
        losses.insert(losses.end(), second.notes.begin(), second.notes.end());
        CHECK(losses == whole.notes);
    }
}

}  // namespace espalier::sketches
