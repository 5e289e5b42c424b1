// SPDX-License-Identifier: Apache-2.0
#include "supernet.hpp"

#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/data/fit.hpp"
#include "espalier/torch/network/extraction.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/training/model.hpp"
#include "espalier/torch/training/scorer.hpp"

namespace espalier::supernet {
namespace {

Network whole(const SearchSpace& space, const Region& region)
{
    try {
        return space.network(region);
    } catch (const Error& error) {
        throw Error(std::string("needs a space whose networks can be one: ") + error.what());
    }
}

std::unique_ptr<SearchSpace> made_space(const Use<SearchSpace>& use, const Setup& setup)
{
    if (setup.space == nullptr)
        throw Error("needs a space");
    if (!use)
        return nullptr;
    std::unique_ptr<SearchSpace> space = setup.make(use);
    if (!same_decisions(space->decisions(), setup.space->decisions()))
        throw OptionError("space", "has other decisions than the space that is searched");
    return space;
}

}  // namespace

void Supernet::Options::describe(Describe<Options>& d)
{
    const auto sampling = [](auto field) {
        return [field](Options & o) -> auto&
        {
            return o.sampling.*field;
        };
    };
    const auto sample = [](auto field) {
        return [field](Options & o) -> auto&
        {
            return o.sample.*field;
        };
    };
    d("sampling", sampling(&Sampling::rule),
      "which architectures a step trains: one that the strategy draws, or a uniform one; each option of every decision "
      "once; or the largest, the smallest and random ones")
        .one_of({"strategy", "uniform", "fair", "sandwich"});
    d("random_paths", sampling(&Sampling::random_paths),
      "with `sandwich`: architectures between the largest and the "
      "smallest, a step")
        .range(0, 64);
    d(
        "distillation", [](Options & o) -> auto& { return o.sampling.distillation.share; },
        "with `sandwich`: part of the loss of all but the largest that compares with its outputs, not the labels")
        .range(0, 1);
    d(
        "temperature", [](Options & o) -> auto& { return o.sampling.distillation.temperature; },
        "of those outputs: the higher, the more the lesser answers count")
        .range(0.01, 100);
    d("sample_cost", sample(&PathConstraint::Options::cost),
      "with `strategy` and `uniform`, and the random ones of "
      "`sandwich`: draw by this cost, by its first metric");
    d("sample_range", sample(&PathConstraint::Options::range),
      "the least and the most that an architecture that is "
      "trained may cost");
    d("sample_bins", sample(&PathConstraint::Options::bins), "equal parts of that range; one of them is drawn first")
        .range(1, 10'000);
    d("sample_tries", sample(&PathConstraint::Options::tries),
      "architectures drawn until one is in it; the last is "
      "taken whatever it costs")
        .range(1, 1'000'000);
    d("space", &Options::space, "trains the networks of this space instead: same decisions, another size")
        .added_later();
    d.include<Recipe>();
    d("recalibrate", &Options::recalibrate,
      "training images that an architecture's normalisation statistics are taken "
      "from before it is scored; 0: those of the training, which all share")
        .range(0, 1e9);
    d("recalibration_batch", &Options::recalibration_batch, "of those at once").range(2, 65536);
    d("validation", &Options::validation,
      "with data that set no validation images aside: part of the training images "
      "held out to score on")
        .range(0.001, 0.9);
    d("inherit", &Options::inherit, "begin a further training with the weights of the one before, where they match");
    d("seed", &Options::seed, "of initial weights, image order, crops, paths and which images");
}

Supernet::Supernet(const Options& options, const Setup& setup)
    : options_{options},
      replication_{setup.replicas(), setup.execution.threads},
      own_space_{made_space(options.space, setup)},
      space_{own_space_ ? *own_space_ : *setup.space},
      data_{torch_sdk::tensors(setup)},
      device_{c10::kCPU}
{
    torch_sdk::require_devices(setup.execution);
    device_ = torch_sdk::device(setup.execution.device);
    torch_sdk::require_fit(space_, data_);
    whole(space_, Region(space_.decisions()));
    if (options.sample.cost)
        constraint_ = std::make_unique<PathConstraint>(options.sample, setup);
    else if (!options.sample.range.empty())
        throw OptionError("sample_range", "needs a cost: `sample_cost: {use: macs}`");
}

std::vector<std::string> Supernet::metrics() const
{
    std::vector<std::string> names = data_.metrics();
    names.emplace_back("loss");
    return names;
}

std::unique_ptr<Phase> Supernet::training(const Region& region, Sampler paths)
{
    return torch_sdk::translated("making the super-network", [&] {
        torch_sdk::use_threads(replication_.threads);
        const Network network = whole(space_, region);
        Rng rng(options_.seed, "images");
        auto super = std::make_shared<SuperNetwork>(
            SuperNetwork{region, network, torch_sdk::Weights(network, {}, options_.seed, at::kFloat, device_),
                         torch_sdk::with_validation(data_, options_.images, options_.validation, rng)});
        if (options_.inherit && super_)
            torch_sdk::inherit(super->weights, super->network, super_->weights);
        super_ = super;
        torch_sdk::Trainer trainer(super->weights, data_, super->examples.train.indices, options_, replication_);
        PathSampler sampler(super->network, region, std::move(paths), options_.sampling, constraint_.get());
        return std::make_unique<Training>(std::move(super), std::move(trainer), std::move(sampler),
                                          options_.known_epochs(), ++trainings_);
    });
}

std::vector<Evaluation> Supernet::evaluate(std::span<const Candidate> batch, Context& context)
{
    if (!super_)
        throw Error("no super-network has been trained");
    torch_sdk::use_threads(replication_.threads);
    std::vector<Evaluation> results;
    for (const Candidate& candidate : batch)
        results.push_back(scored(candidate, context));
    return results;
}

Evaluation Supernet::scored(const Candidate& candidate, Context& context) const
{
    try {
        return torch_sdk::translated("scoring", [&]() -> Evaluation {
            const Network network = part(candidate);
            torch_sdk::Statistics statistics = recalibrated(network, context);
            return {candidate.architecture(), metrics(network, statistics, context), Status::ok, {}};
        });
    } catch (const Error& error) {
        return failed(candidate.architecture(), error.what());
    }
}

bool Supernet::save(const Candidate& candidate, const std::string& folder, Context& context)
{
    torch_sdk::use_threads(replication_.threads);
    torch_sdk::translated("saving the model", [&] {
        const Network network = part(candidate);
        torch_sdk::Statistics statistics = recalibrated(network, context);
        torch_sdk::save_model(folder, network, torch_sdk::extracted(network, super_->weights, &statistics), data_,
                              metrics(network, statistics, context));
    });
    return true;
}

/// The canonical member, so that a score does not depend on who came first, unless only the other was trained.
Network Supernet::part(const Candidate& candidate) const
{
    if (candidate.space() == nullptr)
        throw Error("scores architectures, no single operators");
    if (super_->region.contains(candidate.canonical()))
        return resolved(super_->network, Region(candidate.canonical()));
    if (super_->region.contains(candidate.architecture()))
        return resolved(super_->network, Region(candidate.architecture()));
    throw Error("is not among the architectures that the super-network was trained for");
}

torch_sdk::Statistics Supernet::recalibrated(const Network& network, const Context& context) const
{
    if (options_.recalibrate == 0)
        return super_->weights.statistics();
    const std::vector<std::int64_t>& known = super_->examples.train.indices;
    const auto count = std::min<std::ptrdiff_t>(options_.recalibrate, std::ssize(known));
    torch_sdk::Epoch batches(data_, torch_sdk::Split::train, {known.begin(), known.begin() + count},
                             options_.recalibration_batch, {}, Rng(0));
    Rng dropout(options_.seed, "recalibration");
    const auto next = [&]() -> std::vector<at::Tensor> {
        if (context.stopped())
            throw Error("stopped while it was scored");
        const auto batch = batches.next();
        return batch ? batch->to(device_).inputs : std::vector<at::Tensor>{};
    };
    return torch_sdk::recalibrated(network, super_->weights, next, {.rng = &dropout});
}

Metrics Supernet::metrics(const Network& network, torch_sdk::Statistics& statistics, const Context& context) const
{
    const torch_sdk::Scorer scorer(data_, super_->examples.score);
    auto [metrics, loss] = scorer(network, super_->weights, context, &statistics);
    metrics["loss"] = loss;
    return metrics;
}

}  // namespace espalier::supernet
