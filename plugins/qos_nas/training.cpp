// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/softmax.h>

#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "policies.hpp"

namespace espalier::qos_nas {
namespace {

using torch_sdk::BatchPlace;
using torch_sdk::Descent;

double progress(const Phase::Step& step, const BatchPlace& place, const torch_sdk::Recipe& recipe)
{
    const double within = static_cast<double>(place.index) / static_cast<double>(place.count);
    return (static_cast<double>(step.index) + within) / recipe.epochs;
}

std::int64_t rows(const torch_sdk::Batch& batch)
{
    return batch.y.size(0);
}

std::int64_t modules(const Model& model)
{
    return static_cast<std::int64_t>(model.latency.modules().size());
}

Tensor mixed(const Tensor& policies, Rng& rng)
{
    return policies.index_select(
        0, at::randperm(policies.size(0), torch_sdk::generator(rng), at::kLong).to(policies.device()));
}

/// InstaNAS' bounds of the latency in ms: the upper one falls from 0.7 of all modules to half of the first ones alone;
/// what always runs is in no share. It stays above the lower one, where that half is less than the forced modules.
struct Bounds {
    double lower, upper;
};

Bounds bounds(const PolicyLatency& latency, double progress)
{
    const double fixed = latency.fixed(), lower = latency.lowest();
    const double first = 0.7 * (latency.highest() - fixed), last = 0.5 * (latency.base(0) - fixed);
    const double least = lower + 0.05 * (latency.highest() - lower);
    return {lower, std::max(least, fixed + first + (last - first) * progress)};
}

}  // namespace

Pretraining::Pretraining(Model& model, const Lessons& lessons, const torch_sdk::Recipe& recipe, const DropPath& drop)
    : model_{model},
      recipe_{recipe},
      drop_path_{drop},
      trainer_{model.weights, lessons.data, lessons.examples, recipe, lessons.replication}
{
}

bool Pretraining::step(Step& step)
{
    return torch_sdk::translated("training the meta-graph", [&] {
        return trainer_.epoch(step, [&](const BatchPlace& place, Rng& rng) {
            const Tensor policies =
                drop_path_.policies(progress(step, place, recipe_), rows(place.batch), modules(model_), rng);
            Descent descent;
            descent.paths.push_back({.network = model_.meta, .gates = gates(policies)});
            return descent;
        });
    });
}

/// Of one epoch.
struct JointSearch::Sums {
    double reward = 0, met = 0, modules = 0, batches = 0;
    double acceleration = 0;  ///< of the last batch: how many times as fast the fastest request is answered
};

JointSearch::JointSearch(Model& model, const Lessons& lessons, const Reward& reward, const Settings& settings)
    : model_{model},
      reward_{reward},
      settings_{settings},
      curriculum_{settings.curriculum},
      adam_{model.controller.weights().parameters(),
            torch_sdk::Adam{.learning_rate = settings.controller_rate, .clip = 5}},
      trainer_{model.weights, lessons.data, lessons.examples, settings.recipe, lessons.replication}
{
}

bool JointSearch::step(Step& step)
{
    return torch_sdk::translated("searching", [&] {
        Sums sums;
        const bool more = trainer_.epoch(step, [&](const BatchPlace& place, Rng& rng) {
            const double done = progress(step, place, settings_.recipe), share = settings_.controller_share;
            const auto before = static_cast<double>(place.index);
            const bool controllers = settings_.by_epoch
                                         ? step.index % 2 == 0
                                         : std::floor((before + 1) * share + 1e-9) > std::floor(before * share + 1e-9);
            return controllers ? of_controller(place.batch, done, rng, sums) : of_meta_graph(place.batch, done, rng);
        });
        if (sums.batches > 0) {
            step.context.note("acceleration", sums.acceleration);
            step.context.note("reward", sums.reward / sums.batches);
            step.context.note("met", sums.met / sums.batches);
            step.context.note("modules", sums.modules / sums.batches);
        }
        step.context.note("requests_up_to",
                          curriculum_.share(static_cast<double>(step.index + 1) / settings_.recipe.epochs));
        return more;
    });
}

Descent JointSearch::of_controller(const torch_sdk::Batch& batch, double done, Rng& rng, Sums& sums)
{
    const Tensor rates = requests(batch, done, rng);
    const Tensor p = model_.probabilities(batch.x(), rates, torch_sdk::Mode::train);
    const PolicyGradient gradient{
        .alpha = settings_.alpha_first + (settings_.alpha_last - settings_.alpha_first) * done,
        .entropy_weight = settings_.entropy * (1 - done),
        .samples = settings_.samples,
        .normalised = settings_.normalised};
    const int asked = gradient.samples == 1 ? 2 : gradient.samples;  // the greedy policy, too
    const auto worth = [&](const Tensor& policies) {
        const Tensor each = rewards(batch, rates, done, policies);
        sums.reward += each.mean().item<double>() / asked;
        return each;
    };
    const Tensor loss = policy_loss(p, gradient, worth, rng);
    const Tensor preferred = greedy(p);
    const double share_met = met(model_.latency, preferred, rates);
    curriculum_.observe(share_met);
    sums.met += share_met;
    sums.modules += preferred.sum(1).mean().item<double>();
    ++sums.batches;
    sums.acceleration = mean_rate(batch, model_.range.high) / mean_rate(batch, model_.range.low);
    return {.paths = {}, .instead = &adam_, .penalty = loss};
}

double JointSearch::mean_rate(const torch_sdk::Batch& batch, double requested)
{
    const Tensor rates = at::full({rows(batch)}, requested, at::kDouble);
    return rates_of(model_.latency, model_.greedy_policies(batch.x(), rates)).mean().item<double>();
}

Descent JointSearch::of_meta_graph(const torch_sdk::Batch& batch, double done, Rng& rng)
{
    const double alpha = settings_.alpha_first + (settings_.alpha_last - settings_.alpha_first) * done;
    const Tensor p = model_.probabilities(batch.x(), requests(batch, done, rng), torch_sdk::Mode::eval);
    Descent descent;
    descent.paths.push_back({.network = model_.meta, .gates = gates(mixed(drawn(bounded(p, alpha), rng), rng))});
    return descent;
}

Tensor JointSearch::requests(const torch_sdk::Batch& batch, double done, Rng& rng) const
{
    return drawn_rates(model_.range, curriculum_.share(done), settings_.log_uniform, rows(batch), rng);
}

Tensor JointSearch::rewards(const torch_sdk::Batch& batch, const Tensor& rates, double done,
                            const Tensor& policies) const
{
    const Tensor probabilities = at::softmax(model_.answers(batch, policies), 1);
    const Tensor right = probabilities.gather(1, batch.y.unsqueeze(1)).squeeze(1).to(at::kCPU, at::kDouble);
    const Tensor correct = probabilities.argmax(1).eq(batch.y).to(at::kCPU, at::kDouble);
    const Tensor fps = rates_of(model_.latency, policies);
    const auto [lower, upper] = bounds(model_.latency, done);
    Tensor worth = at::empty({rows(batch)}, at::kDouble);
    const auto probability = right.accessor<double, 1>(), is_right = correct.accessor<double, 1>(),
               rate = fps.accessor<double, 1>(), requested = rates.accessor<double, 1>();
    auto* reward = worth.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < rows(batch); ++i)
        reward[i] = reward_({{"correct", is_right[i]},
                             {"prob", probability[i]},
                             {"fps", rate[i]},
                             {"requested_fps", requested[i]},
                             {"latency_ms", 1000 / rate[i]},
                             {"lower_ms", lower},
                             {"upper_ms", upper}});
    return worth.to(policies.device(), policies.scalar_type());
}

void JointSearch::save(const std::string& folder) const
{
    trainer_.save(folder);
    model_.controller.save(folder);
    adam_.save(folder, "adam");
    curriculum_.save(folder);
}

void JointSearch::load(const std::string& folder)
{
    trainer_.load(folder);
    model_.controller.load(folder);
    adam_.load(folder, "adam");
    curriculum_.load(folder);
}

FineTuning::FineTuning(Model& model, const Lessons& lessons, const torch_sdk::Recipe& recipe, double distillation)
    : model_{model},
      recipe_{recipe},
      distillation_{distillation},
      trainer_{model.weights, lessons.data, lessons.examples, recipe, lessons.replication}
{
}

bool FineTuning::step(Step& step)
{
    return torch_sdk::translated("fine-tuning", [&] {
        return trainer_.epoch(step, [&](const BatchPlace& place, Rng& rng) {
            const std::int64_t batch = rows(place.batch);
            const Tensor rates = drawn_rates(model_.range, 1, 0, batch, rng);
            const Tensor policies = model_.greedy_policies(place.batch.x(), rates);
            Descent descent;
            if (distillation_ > 0)
                descent.paths.push_back({.network = model_.meta, .gates = gates(at::ones_like(policies))});
            torch_sdk::Path& path = descent.paths.emplace_back();
            path.network = model_.meta;
            path.gates = gates(policies);
            if (distillation_ > 0)
                path.from_first = torch_sdk::Distillation{.share = distillation_};
            return descent;
        });
    });
}

}  // namespace espalier::qos_nas
