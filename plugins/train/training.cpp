// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/core/Tensor.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/schedule.hpp"

namespace espalier::train {
namespace {

using torch_sdk::Mode;

constexpr std::int64_t kTestBatch = 500;

void stop_if_asked(const Context& context)
{
    if (context.stopped())
        throw Error("stopped while it was trained");
}

}  // namespace

Training::Training(const Network& network, const torch_sdk::TensorData& data, std::span<const std::int64_t> examples,
                   const Recipe& recipe, const c10::Device& device)
    : network_{network},
      data_{data},
      examples_{examples},
      recipe_{recipe},
      device_{device},
      weights_{network, {}, recipe.seed, at::kFloat, device},
      optimiser_{weights_.parameters(), torch_sdk::Sgd{.learning_rate = recipe.learning_rate,
                                                       .momentum = recipe.momentum,
                                                       .weight_decay = recipe.weight_decay,
                                                       .nesterov = recipe.momentum > 0,
                                                       .clip = recipe.clip}}
{
}

bool Training::step(Step& step)
{
    try {
        loss_ = torch_sdk::translated("training", [&] { return epoch(step); });
    } catch (const Error& error) {
        failure_ = error.what();
        throw;
    }
    step.context.note("train_loss", loss_);
    return static_cast<int>(step.index) + 1 < recipe_.epochs;
}

double Training::epoch(Step& step)
{
    std::vector<std::int64_t> order(examples_.begin(), examples_.end());
    shuffle(order, step.rng);
    torch_sdk::Epoch batches(data_, torch_sdk::Split::train, std::move(order), recipe_.batch, recipe_.augmentation,
                             Rng(step.rng()));
    Rng dropout(step.rng());
    const double per_epoch = static_cast<double>(batches.batches());
    const torch_sdk::Schedule schedule;  // half a cosine to 0
    double done = 0, sum = 0;
    while (const auto batch = batches.next()) {
        stop_if_asked(step.context);
        const double position = static_cast<double>(step.index) * per_epoch + done;
        optimiser_.set_learning_rate(recipe_.learning_rate * schedule.factor(position, recipe_.epochs * per_epoch));
        const torch_sdk::Batch here = batch->to(device_);
        const at::Tensor outputs =
            torch_sdk::forward(network_, weights_, here.inputs,
                               {.mode = Mode::train, .statistics = &weights_.statistics(), .rng = &dropout});
        const at::Tensor loss = data_.task().loss(outputs, here, recipe_.label_smoothing);
        if (loss.requires_grad())  // a disconnected network has nothing to train
            optimiser_.step(loss);
        sum += loss.item<double>();
        ++done;
        if (!std::isfinite(sum))
            throw Error("the loss is no longer finite in epoch " + std::to_string(step.index + 1));
    }
    return sum / done;
}

void Training::save(const std::string& folder) const
{
    weights_.save(folder);
    optimiser_.save(folder, "optimiser");
    torch_sdk::save_tensors(folder + "/loss", {{"loss", at::scalar_tensor(loss_, at::kDouble)}});
}

void Training::load(const std::string& folder)
{
    weights_.load(folder);
    optimiser_.load(folder, "optimiser");
    const auto saved = torch_sdk::load_tensors(folder + "/loss");
    if (saved.size() != 1)
        throw Error(folder + "/loss: does not hold one loss");
    loss_ = saved.front().second.item<double>();
}

Metrics Training::scored(torch_sdk::Split split, std::span<const std::int64_t> examples, Context& context) const
{
    const c10::InferenceMode inference;
    torch_sdk::Epoch batches(data_, split, {examples.begin(), examples.end()}, kTestBatch, {}, Rng(0));
    const std::unique_ptr<torch_sdk::Score> score = data_.task().score();
    while (const auto batch = batches.next()) {
        stop_if_asked(context);
        const torch_sdk::Batch here = batch->to(device_);
        score->add(torch_sdk::forward(network_, weights_, here.inputs), here);
    }
    return score->metrics();
}

}  // namespace espalier::train
