// SPDX-License-Identifier: Apache-2.0
#include "train.hpp"

#include <algorithm>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"

namespace espalier::train {
namespace {

/// What the first architecture of the space takes and gives stands for all.
void check_fit(const SearchSpace& space, const Data& data)
{
    const Architecture first{std::vector<std::uint16_t>(space.decisions().size(), 0)};
    const Network network = space.network(Region(space.canonical(first)));
    for (const Layer layer : network) {
        if (layer.op() == Op::input && layer.shape() != data.input())
            throw Error("the networks of the space take " + to_string(layer.shape()) + ", the data are " +
                        to_string(data.input()));
    }
    if (network.output().shape() != Shape{static_cast<std::int64_t>(data.classes())})
        throw Error("the networks of the space give " + to_string(network.output().shape()) + ", the data have " +
                    std::to_string(data.classes()) + " classes");
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
    d("validation", &Options::validation, "part of the training images that is held out, with `score_on: validation`")
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
      device_{setup.execution.device},
      data_{torch_sdk::tensors(setup)}
{
    torch_sdk::device(device_);
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
    const std::int64_t all = data_.examples(torch_sdk::Split::train);
    Examples result;
    if (on_test_) {
        result.score = torch_sdk::first_indices(data_.examples(torch_sdk::Split::test));
        result.train = torch_sdk::random_indices(all, images_ > 0 ? images_ : all, rng);
        return result;
    }
    const auto held_out = std::max<std::int64_t>(1, static_cast<std::int64_t>(validation_ * static_cast<double>(all)));
    const std::int64_t train = images_ > 0 ? images_ : all - held_out;
    const std::vector<std::int64_t> drawn = torch_sdk::random_indices(all, held_out + train, rng);
    result.score.assign(drawn.begin(), drawn.begin() + held_out);
    result.train.assign(drawn.begin() + held_out, drawn.end());
    result.score_split = torch_sdk::Split::train;
    return result;
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

Evaluation Train::trained(const Candidate& candidate, Context& context) const
{
    const Examples examples = torch_sdk::translated("reading the data", [&] { return this->examples(); });
    const Network network = this->network(candidate);
    std::optional<Training> training;
    try {
        torch_sdk::translated("making the weights", [&] {
            training.emplace(network, data_, examples.train, recipe_, torch_sdk::device(device_));
        });
    } catch (const Error& error) {
        return failed(candidate.architecture(), error.what());
    }
    try {
        context.phase("train", *training);
    } catch (const Error&) {
        if (!training->failure())  // the machine's fault: a full disk, a damaged checkpoint
            throw;
        return failed(candidate.architecture(), *training->failure());
    }
    try {
        const double top1_pct = torch_sdk::translated(
            "testing", [&] { return training->accuracy_pct(examples.score_split, examples.score, context); });
        return {candidate.architecture(), {{"top1_pct", top1_pct}, {"train_loss", training->loss()}}, Status::ok, {}};
    } catch (const Error& error) {
        return failed(candidate.architecture(), error.what());
    }
}

Network Train::network(const Candidate& candidate) const
{
    return space_ && candidate.space() != nullptr ? space_->network(Region(candidate.canonical()))
                                                  : candidate.network();
}

}  // namespace espalier::train
