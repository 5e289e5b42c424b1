// SPDX-License-Identifier: Apache-2.0
#include "train.hpp"

#include <algorithm>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/training/model.hpp"

namespace espalier::train {
namespace {

using torch_sdk::Split;

/// What the first architecture of the space takes and gives stands for all.
void check_fit(const SearchSpace& space, const Data& data)
{
    const Architecture first{std::vector<std::uint16_t>(space.decisions().size(), 0)};
    const Network network = space.network(Region(space.canonical(first)));
    const std::vector<Data::Input> given = data.inputs();
    std::size_t taken = 0;
    for (const Layer layer : network) {
        if (layer.op() != Op::input)
            continue;
        if (taken < given.size() && layer.shape() != given[taken].shape)
            throw Error("the networks of the space take " + to_string(layer.shape()) + ", the data are " +
                        to_string(given[taken].shape) + " (`" + given[taken].name + "`)");
        ++taken;
    }
    if (taken != given.size())
        throw Error("the networks of the space have " + std::to_string(taken) + " inputs, the data have " +
                    std::to_string(given.size()));
    if (network.output().shape() != data.output())
        throw Error("the networks of the space give " + to_string(network.output().shape()) + ", the data want " +
                    to_string(data.output()));
}

}  // namespace

void Train::Options::describe(Describe<Options>& d)
{
    d("epochs", &Options::epochs, "passes over the training images").range(1, 100'000);
    d("batch", &Options::batch, "images a step").range(1, 65536);
    d("images", &Options::images, "train on this many of the training images, drawn at random; 0: on all")
        .range(0, 1e9);
    d("learning_rate", &Options::learning_rate, "of the first step; falls to 0 along half a cosine").range(0, 100);
    d("momentum", &Options::momentum, "Nesterov's").range(0, 0.9999);
    d("weight_decay", &Options::weight_decay, "added to the gradient of every parameter").range(0, 1);
    d("label_smoothing", &Options::label_smoothing, "part of the target spread over all classes").range(0, 0.999);
    d("clip", &Options::clip, "largest norm of the gradient; 0: no limit").range(0, 1e9);
    d("crop", &Options::crop, "training images are padded by this many pixels and cropped at random").range(0, 64);
    d("flip", &Options::flip, "training images are mirrored with probability 1/2");
    d("score_on", &Options::score_on, "`test` is for `final`; `validation` for an evaluator that a search follows")
        .one_of({"test", "validation"});
    d("validation", &Options::validation,
      "with `score_on: validation` and data that set nothing aside for it: part of the training images held out")
        .range(0.001, 0.9);
    d("seed", &Options::seed, "of initial weights, image order, crops and which images");
    d("space", &Options::space, "trains the network of this space instead: same decisions, another size");
}

Train::Train(const Options& options, const Setup& setup)
    : recipe_{.epochs = options.epochs,
              .batch = options.batch,
              .learning_rate = options.learning_rate,
              .momentum = options.momentum,
              .weight_decay = options.weight_decay,
              .label_smoothing = options.label_smoothing,
              .clip = options.clip,
              .augmentation = {.crop_padding = options.crop, .flip = options.flip},
              .seed = options.seed},
      images_{options.images},
      validation_{options.validation},
      on_test_{options.score_on == "test"},
      threads_{setup.execution.threads},
      data_{torch_sdk::tensors(setup)}
{
    torch_sdk::require_devices(setup.execution);
    if (options.space) {
        space_ = setup.make(options.space);
        if (setup.space != nullptr && !same_decisions(space_->decisions(), setup.space->decisions()))
            throw OptionError("space", "has other decisions than the space that is searched");
    }
    const SearchSpace* trained_space = space_ ? space_.get() : setup.space;
    if (trained_space != nullptr)
        check_fit(*trained_space, data_);
}

Train::Examples Train::examples() const
{
    Rng rng(recipe_.seed, "images");
    const std::int64_t all = data_.examples(Split::train);
    Examples result;
    result.score_split = on_test_ ? Split::test : Split::validation;
    if (const std::int64_t apart = data_.examples(result.score_split); on_test_ || apart > 0) {
        result.score = torch_sdk::first_indices(apart);
        result.train = torch_sdk::random_indices(all, images_ > 0 ? images_ : all, rng);
        return result;
    }
    const auto held_out = std::max<std::int64_t>(1, static_cast<std::int64_t>(validation_ * static_cast<double>(all)));
    const std::int64_t train = images_ > 0 ? images_ : all - held_out;
    const std::vector<std::int64_t> drawn = torch_sdk::random_indices(all, held_out + train, rng);
    result.score.assign(drawn.begin(), drawn.begin() + held_out);
    result.train.assign(drawn.begin() + held_out, drawn.end());
    result.score_split = Split::train;
    return result;
}

std::vector<std::string> Train::metrics() const
{
    std::vector<std::string> names = data_.metrics();
    names.emplace_back("train_loss");
    return names;
}

std::vector<Evaluation> Train::evaluate(std::span<const Candidate> batch, Context& context)
{
    torch_sdk::use_threads(threads_);
    std::vector<Evaluation> results;
    for (const Candidate& candidate : batch)
        results.push_back(context.stopped() ? failed(candidate.architecture(), "stopped before it was trained")
                                            : trained(candidate, context));
    return results;
}

struct Train::Run {
    Run(const Train& train, const Candidate& candidate, Examples chosen, const Context& context)
        : examples{std::move(chosen)},
          network{train.network(candidate)},
          training{network, train.data_, examples.train, train.recipe_, torch_sdk::device(context.device())}
    {
    }
    Metrics metrics(Context& context) const
    {
        return torch_sdk::translated("testing", [&] {
            Metrics metrics = training.scored(examples.score_split, examples.score, context);
            metrics["train_loss"] = training.loss();
            return metrics;
        });
    }

    Examples examples;
    Network network;
    Training training;
};

Evaluation Train::trained(const Candidate& candidate, Context& context) const
{
    Examples examples = torch_sdk::translated("reading the data", [&] { return this->examples(); });
    std::optional<Run> run;
    try {
        torch_sdk::translated("making the weights",
                              [&] { run.emplace(*this, candidate, std::move(examples), context); });
    } catch (const Error& error) {
        return failed(candidate.architecture(), error.what());
    }
    try {
        context.phase("train", run->training);
    } catch (const Error&) {
        if (!run->training.failure())  // the machine's fault: a full disk, a damaged checkpoint
            throw;
        return failed(candidate.architecture(), *run->training.failure());
    }
    try {
        return {candidate.architecture(), run->metrics(context), Status::ok, {}};
    } catch (const Error& error) {
        return failed(candidate.architecture(), error.what());
    }
}

bool Train::save(const Candidate& candidate, const std::string& folder, Context& context)
{
    torch_sdk::use_threads(threads_);
    torch_sdk::translated("saving the model", [&] {
        Run run(*this, candidate, examples(), context);
        context.phase("train", run.training);  // finished before: only loaded
        torch_sdk::save_model(folder, run.network, run.training.weights(), data_, run.metrics(context));
    });
    return true;
}

Network Train::network(const Candidate& candidate) const
{
    return space_ && candidate.space() != nullptr ? space_->network(Region(candidate.canonical()))
                                                  : candidate.network();
}

}  // namespace espalier::train
