// SPDX-License-Identifier: Apache-2.0
#include "train.hpp"

#include <optional>

#include "espalier/error.hpp"
#include "espalier/torch/data/fit.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/training/model.hpp"
#include "espalier/torch/training/scorer.hpp"

namespace espalier::train {

void Train::Options::describe(Describe<Options>& d)
{
    d.include<Recipe>();
    d("score_on", &Options::score_on, "`test` is for `final`; `validation` for an evaluator that a search follows")
        .one_of({"test", "validation"});
    d("validation", &Options::validation,
      "with `score_on: validation` and data that set nothing aside for it: part of the training images held out")
        .range(0.001, 0.9);
    d("seed", &Options::seed, "of initial weights, image order, crops and which images");
    d("space", &Options::space, "trains the network of this space instead: same decisions, another size");
}

Train::Train(const Options& options, const Setup& setup)
    : recipe_{options},
      seed_{options.seed},
      validation_{options.validation},
      on_test_{options.score_on == "test"},
      replication_{setup.replicas(), setup.execution.threads},
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
        torch_sdk::require_fit(*trained_space, data_);
}

torch_sdk::TrainingExamples Train::examples() const
{
    Rng rng(seed_, "images");
    return on_test_ ? torch_sdk::with_test(data_, recipe_.images, rng)
                    : torch_sdk::with_validation(data_, recipe_.images, validation_, rng);
}

std::vector<std::string> Train::metrics() const
{
    std::vector<std::string> names = data_.metrics();
    names.emplace_back("train_loss");
    return names;
}

std::vector<Evaluation> Train::evaluate(std::span<const Candidate> batch, Context& context)
{
    torch_sdk::use_threads(replication_.threads);
    std::vector<Evaluation> results;
    for (const Candidate& candidate : batch)
        results.push_back(context.stopped() ? failed(candidate.architecture(), "stopped before it was trained")
                                            : trained(candidate, context));
    return results;
}

struct Train::Run {
    Run(const Train& train, const Candidate& candidate, torch_sdk::TrainingExamples chosen, const Context& context)
        : examples{std::move(chosen)},
          network{train.network(candidate)},
          scorer{train.data_, examples.score},
          training{{network, train.data_, examples.train.indices, train.seed_},
                   train.recipe_,
                   torch_sdk::device(context.device()),
                   train.replication_}
    {
    }
    Metrics metrics(const Context& context) const
    {
        return torch_sdk::translated("testing", [&] {
            Metrics metrics = scorer(network, training.weights(), context).metrics;
            metrics["train_loss"] = training.loss();
            return metrics;
        });
    }

    torch_sdk::TrainingExamples examples;
    Network network;
    torch_sdk::Scorer scorer;
    Training training;
};

Evaluation Train::trained(const Candidate& candidate, Context& context) const
{
    torch_sdk::TrainingExamples examples = torch_sdk::translated("reading the data", [&] { return this->examples(); });
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
    torch_sdk::use_threads(replication_.threads);
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
