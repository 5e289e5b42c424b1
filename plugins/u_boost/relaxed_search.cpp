// SPDX-License-Identifier: Apache-2.0
#include "relaxed_search.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/argmax.h>
#include <ATen/ops/item.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/fit.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"

namespace espalier::u_boost {
namespace {

void note_logits(Context& context, const std::string& name, const SearchSpace& space, const Logits& logits)
{
    std::map<std::string, int> widths;
    for (const auto& [decision, value] : logits.values()) {
        const auto& [called, options, ordinal] = space.decisions()[decision];
        const at::Tensor likely = value.detach().softmax(0);
        const std::int64_t best = value.argmax().item<std::int64_t>();
        for (std::int64_t k = 0; k < likely.size(0); ++k) {
            const std::string& option = options[static_cast<std::size_t>(k)];
            if (ordinal)
                widths[option] += k == best ? 1 : 0;
            else
                context.note(name + called + " " + option, likely[k].item<double>());
        }
    }
    for (const auto& [width, decisions] : widths)
        context.note(name + width, decisions);
}

bool computes(const SearchSpace& space, const Architecture& a)
{
    return space.network(Region(a)).output().op() != Op::zeros;
}

const LayerCosts& named(const char* option, const std::string& metric, const Setup& setup)
{
    try {
        return setup.layer_costs(metric);
    } catch (const Error& error) {
        throw OptionError(option, error.what());
    }
}

/// Whether the weights move with the i-th batch of an epoch.
bool weights_move(const SearchOptions& o, const torch_sdk::BatchPlace& place)
{
    const double share = o.weights_share;
    const auto index = static_cast<double>(place.index);
    if (o.split == "epoch")
        return index < share * static_cast<double>(place.count);
    return std::floor((index + 1) * share + 1e-9) > std::floor(index * share + 1e-9);
}

}  // namespace

SearchOptions::SearchOptions()
{
    epochs = 10;
    batch = 64;
    learning_rate = 0.05;
    weight_decay = 3e-4;
    clip = 0.5;
    schedule = "constant";
}

void SearchOptions::describe(Describe<SearchOptions>& d)
{
    d("time", &SearchOptions::time, "the cost that is descended, of a cost model that prices layers");
    d("utilisation", &SearchOptions::utilisation,
      "what is climbed, of a cost model that prices layers; empty: nothing");
    d("lambda", &SearchOptions::lambda, "weight of the time, per unit of its metric").range(0, 1e9).symbol("lambda");
    d("beta", &SearchOptions::beta, "weight of the utilisation").range(0, 1e9).symbol("beta");
    d("edge_cost", &SearchOptions::edge_cost,
      "an edge costs the mean of its operations that take time, or the sum of all weighed by their gates")
        .one_of({"normalised", "expected"});
    d("utilisation_reduction", &SearchOptions::utilisation_reduction,
      "the sum or the mean over cells of the mean over their blocks, or one mean weighed by times")
        .one_of({"sum_of_parts", "mean_of_parts", "by_time"});
    d("propagate_add_width", &SearchOptions::propagate_add_width,
      "a sum costs what follows as many channels as its widest term has, or as its widest option would have");
    d("split", &SearchOptions::split, "of an epoch: first the weights, then the logits, or in turn")
        .one_of({"epoch", "in_turn"});
    d("weights_share", &SearchOptions::weights_share, "batches that the weights move with").range(0.01, 0.99);
    d("warm_up_steps", &SearchOptions::warm_up_steps, "steps in which the weights alone move, before all else")
        .range(0, 1e9);
    d("logits_rate", &SearchOptions::logits_rate, "learning rate of the logits, with Adam").range(0, 100);
    d("logits_deviation", &SearchOptions::logits_deviation, "of the logits of operations, at first").range(0, 100);
    d("temperature", &SearchOptions::temperature, "of the samples, at first").range(1e-6, 1e6).symbol("tau");
    d("temperature_decay", &SearchOptions::temperature_decay, "times it after each epoch").range(1e-6, 1);
    d("temperature_steps", &SearchOptions::temperature_steps, "steps in place of an epoch for that; 0: an epoch")
        .range(0, 1e9);
    d("least_temperature", &SearchOptions::least_temperature, "it does not fall below").range(1e-6, 1e6);
    d.include<torch_sdk::Recipe>();
    d("seed", &SearchOptions::seed, "of initial weights and which images");
}

Reduction SearchOptions::reduction() const
{
    Reduction r;
    r.through_sums = propagate_add_width;
    if (edge_cost == "expected")
        r.edge = Reduction::Edge::expected;
    if (utilisation_reduction == "mean_of_parts")
        r.utilisation = Reduction::Utilisation::mean_of_parts;
    else if (utilisation_reduction == "by_time")
        r.utilisation = Reduction::Utilisation::by_time;
    return r;
}

Partners::Partners(const SearchOptions& o, const Setup& setup)
    : data{torch_sdk::tensors(setup)},
      time{named("time", o.time, setup)},
      utilisation{o.utilisation.empty() ? nullptr : &named("utilisation", o.utilisation, setup)},
      replication{setup.replicas(), setup.execution.threads},
      device{setup.execution.device}
{
    torch_sdk::require_devices(setup.execution);
    torch_sdk::require_fit(*setup.space, data);
}

void announce(Search& search, const Architecture& best, std::size_t timed_operations)
{
    const Evaluation found = search.evaluate({&best, 1}).front();
    const bool late = found.status == Status::out_of_budget;  // the search took longer than its minutes
    if (!found.ok() && !late)
        return;
    Metrics metrics = late ? search.cost({&best, 1}).front().metrics : found.metrics;
    metrics["timed_operations"] = static_cast<double>(timed_operations);
    metrics["degenerate"] = timed_operations == 0 ? 1 : 0;
    search.winner({.name = "best", .architecture = best, .metrics = std::move(metrics), .save = {}});
}

struct RelaxedSearch::State {
    State(std::string called, const SearchSpace& whole, const Region& open, const SearchOptions& o,
          const Partners& with, Rng& rng)
        : name{std::move(called)},
          space{whole},
          options{o},
          super{whole.network(open)},
          weights{super, {}, o.seed, at::kFloat, torch_sdk::device(with.device)},
          examples{torch_sdk::with_test(with.data, o.images, rng)},
          hardware{super, with.time, with.utilisation, o.reduction()},
          logits{super, open, o.logits_rate, o.logits_deviation, rng},
          trainer{weights, with.data, examples.train.indices, options, with.replication}
    {
    }

    double temperature(std::size_t epoch) const
    {
        const double times = options.temperature_steps == 0
                                 ? static_cast<double>(epoch)
                                 : std::floor(static_cast<double>(trainer.steps()) / options.temperature_steps);
        return std::max(options.least_temperature, options.temperature * std::pow(options.temperature_decay, times));
    }

    std::string name;
    const SearchSpace& space;
    SearchOptions options;
    Network super;
    torch_sdk::Weights weights;
    torch_sdk::TrainingExamples examples;
    HardwareLoss hardware;
    Logits logits;
    torch_sdk::Trainer trainer;
};

RelaxedSearch::RelaxedSearch(std::string name, const SearchSpace& space, const Region& open, const SearchOptions& o,
                             const Partners& partners, int epochs, Rng rng)
{
    torch_sdk::translated("making the super-network", [&] {
        torch_sdk::use_threads(partners.replication.threads);
        SearchOptions own = o;
        own.epochs = epochs;
        state_ = std::make_unique<State>(std::move(name), space, open, own, partners, rng);
    });
}

RelaxedSearch::~RelaxedSearch() = default;

bool RelaxedSearch::step(Step& step)
{
    return torch_sdk::translated("searching by gradient", [&] {
        State& s = *state_;
        double time = 0, utilisation = 0, batches = 0;
        const auto drawn = [&](const torch_sdk::BatchPlace& place, Rng& rng) {
            const bool of_logits = s.trainer.steps() >= s.options.warm_up_steps && !weights_move(s.options, place);
            const c10::AutoGradMode differentiable(of_logits);
            torch_sdk::Gates gates = s.logits.sample(s.temperature(step.index), rng);
            const Hardware hardware = s.hardware(gates);
            time += hardware.time.item<double>();
            utilisation += hardware.utilisation.item<double>();
            ++batches;
            torch_sdk::Descent descent;
            if (of_logits) {
                descent.instead = &s.logits.optimiser();
                descent.penalty =
                    hardware.time.mul(s.options.lambda).sub(hardware.utilisation.mul(s.options.beta));  // eq. 8
            }
            descent.paths.push_back({.network = s.super, .gates = std::move(gates)});
            return descent;
        };
        const bool more = s.trainer.epoch(step, drawn);
        const double t = time / batches, u = utilisation / batches;
        const auto note = [&](const char* series, double value) { step.context.note(s.name + series, value); };
        note("loss", s.trainer.loss() + s.options.lambda * t - s.options.beta * u);
        note("cross_entropy", s.trainer.loss());
        note("time", t);
        note("utilisation", u);
        note("entropy", s.logits.entropy());
        note_logits(step.context, s.name, s.space, s.logits);
        return more;
    });
}

std::optional<std::size_t> RelaxedSearch::steps() const
{
    return state_->options.known_epochs();
}

void RelaxedSearch::save(const std::string& folder) const
{
    state_->trainer.save(folder);
    state_->logits.save(folder);
}

void RelaxedSearch::load(const std::string& folder)
{
    state_->trainer.load(folder);
    state_->logits.load(folder);
}

std::size_t RelaxedSearch::timed_operations(const Architecture& a) const
{
    const std::vector<bool> active = state_->space.active(a);
    std::size_t count = 0;
    for (const auto& [decision, value] : state_->logits.values())
        count += active[decision] && state_->hardware.takes_time(decision, a.choices[decision]) ? 1 : 0;
    return count;
}

const Logits& RelaxedSearch::logits() const
{
    return state_->logits;
}

Architecture RelaxedSearch::best(const Architecture& fixed) const
{
    const SearchSpace& space = state_->space;
    const Architecture best = state_->logits.best(fixed);
    if (computes(space, best))
        return best;
    std::optional<Architecture> mended;
    double largest = 0;
    for (const auto& [decision, value] : state_->logits.values())
        for (std::int64_t option = 0; option < value.size(0); ++option) {
            const double logit = value[option].item<double>();
            Architecture other = best;
            other.choices[decision] = static_cast<std::uint16_t>(option);
            if ((!mended || logit > largest) && computes(space, other)) {
                largest = logit;
                mended = std::move(other);
            }
        }
    return mended.value_or(best);
}

}  // namespace espalier::u_boost
