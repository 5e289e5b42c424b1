// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/trainer.hpp"

#include <cmath>
#include <numeric>

#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/prefetch.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "replicas.hpp"
#include "weight_average.hpp"

namespace espalier::torch_sdk {
namespace {

/// Weights that learn, and biases and normalisations.
std::vector<ParameterGroup> groups(const Weights& weights, const Recipe& recipe)
{
    ParameterGroup all{weights.parameters()}, others{.parameters = {}, .weight_decay = 0};
    if (recipe.decay == "weights")
        std::erase_if(all.parameters, [&](const Tensor& parameter) {
            return parameter.dim() <= 1 && (others.parameters.push_back(parameter), true);
        });
    return {std::move(all), std::move(others)};
}

Optimiser optimiser(const Weights& weights, const Recipe& recipe)
{
    return std::visit([&](const auto& rule) { return Optimiser(groups(weights, recipe), rule); }, recipe.rule());
}

/// A batch cut into equal parts, as nearly as it can be; fewer of them than asked for if it has too few rows.
std::vector<Batch> parted(const Batch& batch, std::int64_t count)
{
    const std::int64_t rows = batch.y.size(0), parts = std::max<std::int64_t>(1, std::min(count, rows));
    if (parts == 1)
        return {batch};
    std::vector<Batch> cut;
    for (std::int64_t i = 0; i < parts; ++i) {
        const std::int64_t from = i * rows / parts, size = (i + 1) * rows / parts - from;
        Batch& part = cut.emplace_back(Batch{{}, batch.y.narrow(0, from, size)});
        for (const Tensor& input : batch.inputs)
            part.inputs.push_back(input.narrow(0, from, size));
    }
    return cut;
}

/// What becomes of the loss from step to step.
struct LossHistory {
    static constexpr double kDecay = 0.98;
    static constexpr std::int64_t kInARow = 50;

    void add(double loss, double aim)
    {
        smoothed = steps++ == 0 ? loss : kDecay * smoothed + (1 - kDecay) * loss;
        low = aim > 0 && smoothed <= aim ? low + 1 : 0;
    }
    bool low_enough() const { return low >= kInARow; }

    double mean = 0;  ///< of the last epoch
    double smoothed = 0;
    std::int64_t steps = 0, low = 0;  ///< low: as many last ones had a smoothed loss that was aimed at
};

/// A gate for some rows of the batch that it was made for.
Tensor of_rows(const Tensor& gate, std::int64_t first, std::int64_t count)
{
    return gate.dim() == 2 ? gate.narrow(0, first, count) : gate;
}

double share(const Batch& part, const Batch& whole)
{
    return static_cast<double>(part.y.size(0)) / static_cast<double>(whole.y.size(0));
}

}  // namespace

struct Trainer::State {
    State(Weights& trained, const TensorData& examples_of, std::span<const std::int64_t> indices, const Recipe& how,
          const Replication& replication)
        : weights{trained},
          data{examples_of},
          examples{indices},
          recipe{how},
          descent{optimiser(trained, how)},
          replicas{replication.replicas, replication.threads}
    {
        for (int r = 1; r < replication.replicas; ++r)
            twins.push_back(weights.shared());
        if (recipe.average > 0)
            average.emplace(weights, recipe.average);
    }

    Epoch shuffled(Rng& rng) const
    {
        std::vector<std::int64_t> order(examples.begin(), examples.end());
        shuffle(order, rng);
        return {data, Split::train, std::move(order), recipe.batch, recipe.augmentation(), Rng(rng())};
    }

    /// Moves what is to move against the gradient of the paths' losses. @return the mean of those losses.
    double descend(const Batch& batch, const Descent& step, Rng& rng)
    {
        if (step.paths.empty()) {
            if (step.instead == nullptr || !step.penalty.defined())
                throw Error("there is a step without a path to train");
            step.instead->step(step.penalty);
            return step.penalty.item<double>();
        }
        const std::vector<Batch> cut = parted(batch, static_cast<std::int64_t>(replicas.count()));
        std::vector<double> losses(cut.size());
        std::vector<std::vector<Gates>> gates;  // of each part and path, with gradients of their own
        std::int64_t first = 0;
        for (const Batch& part : cut) {
            gates.push_back(own_gates(step, first, part.y.size(0)));
            first += part.y.size(0);
        }
        require_gradients(step.instead == nullptr);
        if (cut.size() == 1) {
            losses[0] = add_gradients(0, batch, step.paths, gates[0], rng);
        } else {
            std::vector<Rng> streams;
            while (streams.size() < cut.size())
                streams.emplace_back(rng());
            replicas.each([&](std::size_t r) {
                if (r < cut.size())
                    losses[r] = add_gradients(r, cut[r], step.paths, gates[r], streams[r]) * share(cut[r], batch);
            });
            if (step.instead == nullptr)
                average_gradients(cut, batch);
        }
        if (step.instead == nullptr) {
            descent.step();
        } else {
            through_gates(step, gates, cut, batch);
            step.instead->step();
        }
        return std::accumulate(losses.begin(), losses.end(), 0.0);
    }

    /// Adds the gradients of one replica's part of a batch to those of its weights. @return the paths' mean loss.
    double add_gradients(std::size_t replica, const Batch& part, std::span<const Path> paths,
                         std::span<const Gates> gates, Rng& rng)
    {
        const Weights& own = replica == 0 ? weights : twins[replica - 1];
        Statistics* moved = replica == 0 ? &weights.statistics() : nullptr;
        Tensor first;
        double sum = 0;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            const Path& path = paths[i];
            const Tensor outputs = forward(path.network, own, part.inputs,
                                           {.mode = Mode::train, .gates = &gates[i], .statistics = moved, .rng = &rng});
            if (!first.defined())
                first = outputs.detach();
            const Tensor loss = loss_of(path, outputs, first, part);
            if (loss.requires_grad())  // a disconnected network has nothing to train
                loss.backward();
            sum += loss.item<double>();
        }
        return sum / static_cast<double>(paths.size());
    }

    /// The paths' gates for some rows of the batch, cut off from what they are made of.
    static std::vector<Gates> own_gates(const Descent& step, std::int64_t first, std::int64_t count)
    {
        std::vector<Gates> own;
        for (const Path& path : step.paths) {
            Gates& gates = own.emplace_back();
            for (const auto& [decision, gate] : path.gates)
                gates.emplace(decision, of_rows(gate, first, count).detach().requires_grad_(step.instead != nullptr));
        }
        return own;
    }

    void require_gradients(bool on)
    {
        weights.require_gradients(on);
        for (Weights& twin : twins)
            twin.require_gradients(on);
    }

    /// Carries the gradients that the parts of a batch gave their gates on to what the gates are made of.
    static void through_gates(const Descent& step, std::span<const std::vector<Gates>> of_parts,
                              std::span<const Batch> cut, const Batch& batch)
    {
        Tensor sum = step.penalty;
        std::int64_t first = 0;
        for (std::size_t r = 0; r < cut.size(); first += cut[r++].y.size(0))
            for (std::size_t i = 0; i < step.paths.size(); ++i)
                for (const auto& [decision, own] : of_parts[r][i]) {
                    if (!own.grad().defined())
                        continue;
                    const Tensor gate = of_rows(step.paths[i].gates.at(decision), first, cut[r].y.size(0));
                    const Tensor part = gate.mul(own.grad()).sum().mul(share(cut[r], batch));
                    sum = sum.defined() ? sum.add(part) : part;
                }
        if (sum.defined() && sum.requires_grad())
            sum.backward();
    }

    Tensor loss_of(const Path& path, const Tensor& outputs, const Tensor& first, const Batch& part) const
    {
        const auto by_labels = [&] { return data.task().loss(outputs, part, recipe.label_smoothing); };
        if (!path.from_first)
            return by_labels();
        const Tensor by_teacher = data.task().distillation(outputs, first, path.from_first->temperature);
        const double of_teacher = path.from_first->share;
        return of_teacher == 1 ? by_teacher : by_labels().mul(1 - of_teacher).add(by_teacher, of_teacher);
    }

    /// Gives the weights the gradients of the whole batch, whose parts the replicas had.
    void average_gradients(std::span<const Batch> cut, const Batch& batch)
    {
        const c10::NoGradGuard no_gradients;
        std::vector<std::vector<Tensor>> of{weights.parameters()};
        for (std::size_t r = 1; r < cut.size(); ++r)
            of.push_back(twins[r - 1].parameters());
        for (std::size_t i = 0; i < of[0].size(); ++i) {
            Tensor sum;
            for (std::size_t r = 0; r < cut.size(); ++r) {
                const Tensor own = std::exchange(of[r][i].mutable_grad(), Tensor());
                if (own.defined())
                    sum = sum.defined() ? sum.add_(own, share(cut[r], batch)) : own.mul_(share(cut[r], batch));
            }
            of[0][i].mutable_grad() = sum;
        }
    }

    Weights& weights;
    const TensorData& data;
    std::span<const std::int64_t> examples;
    Recipe recipe;
    Optimiser descent;
    Replicas replicas;
    std::vector<Weights> twins;  ///< of the weights, for all replicas but the first
    std::optional<WeightAverage> average;
    LossHistory history;
};

Trainer::Trainer(Weights& weights, const TensorData& data, std::span<const std::int64_t> examples, const Recipe& recipe,
                 const Replication& replication)
    : state_{std::make_unique<State>(weights, data, examples, recipe, replication)}
{
}

Trainer::Trainer(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

bool Trainer::epoch(Phase::Step& step, const Paths& paths)
{
    return epoch(step, [&](const BatchPlace&, Rng& rng) { return Descent{.paths = paths(rng)}; });
}

bool Trainer::epoch(Phase::Step& step, const Descents& descents)
{
    State& s = *state_;
    Prefetch batches(s.shuffled(step.rng));
    Rng dropout(step.rng()), drawn(step.rng());
    const auto per_epoch = static_cast<double>(batches.batches());
    const Schedule rates = s.recipe.rates(per_epoch);
    double done = 0, sum = 0, counted = 0;
    while (!s.history.low_enough()) {
        const auto batch = batches.next();
        if (!batch)
            break;
        if (step.context.stopped())
            throw Error("stopped while it was trained");
        const double steps_before = static_cast<double>(step.index) * per_epoch + done++;
        const double rate = s.recipe.learning_rate * rates.factor(steps_before, s.recipe.epochs * per_epoch);
        s.descent.set_learning_rate(rate);
        const Batch here = batch->to(s.weights.device());
        const Descent descent = descents({std::llround(done) - 1, batches.batches(), here}, drawn);
        const double loss = s.descend(here, descent, dropout);
        if (!std::isfinite(loss))
            throw Error("the loss is no longer finite in step " + std::to_string(std::llround(steps_before) + 1) +
                        ", at a learning rate of " + std::to_string(rate));
        if (s.average)
            s.average->update(steps_before);
        if (descent.paths.empty())
            continue;
        s.history.add(loss, s.recipe.until_loss);
        sum += loss;
        ++counted;
    }
    if (counted > 0) {
        s.history.mean = sum / counted;
        step.context.note("train_loss", s.history.mean);
    }
    const bool more = static_cast<int>(step.index) + 1 < s.recipe.epochs && !s.history.low_enough();
    if (!more && s.average)
        s.weights.assign(s.average->values());
    return more;
}

double Trainer::loss() const
{
    return state_->history.mean;
}

double Trainer::smoothed_loss() const
{
    return state_->history.smoothed;
}

std::int64_t Trainer::steps() const
{
    return state_->history.steps;
}

void Trainer::save(const std::string& folder) const
{
    state_->weights.save(folder);
    state_->descent.save(folder, "optimiser");
    if (state_->average)
        state_->average->save(folder);
    const LossHistory& l = state_->history;
    const std::vector<double> numbers{l.mean, l.smoothed, static_cast<double>(l.steps), static_cast<double>(l.low)};
    save_tensors(folder + "/loss", {{"loss", at::tensor(numbers, at::kDouble)}});
}

void Trainer::load(const std::string& folder)
{
    state_->weights.load(folder);
    state_->descent.load(folder, "optimiser");
    if (state_->average)
        state_->average->load(folder);
    const auto saved = load_tensors(folder + "/loss");
    if (saved.size() != 1 || saved.front().second.numel() != 4)
        throw Error(folder + "/loss: does not hold the losses of a training");
    const Tensor& numbers = saved.front().second;
    const auto number = [&](std::int64_t i) { return numbers[i].item<double>(); };
    state_->history = {number(0), number(1), std::llround(number(2)), std::llround(number(3))};
}

}  // namespace espalier::torch_sdk
