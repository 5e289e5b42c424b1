// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <ATen/ATen.h>

namespace espalier::training_free_rl {

namespace {

/// Double, so that which option a random number falls on does not depend on the machine's order of summation.
Tensor parameter(std::int64_t rows, std::int64_t columns, const std::function<double()>& draw)
{
    Tensor t = at::empty({rows, columns}, at::kDouble);
    double* values = t.data_ptr<double>();
    std::generate(values, values + t.numel(), draw);
    return t.requires_grad_(true);
}

/// The option whose stretch of [0, 1) holds `point`.
std::int64_t option_at(const double* probabilities, std::int64_t options, double point)
{
    std::int64_t option = 0;
    for (double sum = probabilities[0]; option + 1 < options && point >= sum; sum += probabilities[option])
        ++option;
    return option;
}

}  // namespace

Controller::Controller(std::span<const Decision> decisions, const Settings& settings, Rng& initial)
    : decisions_{decisions}, settings_{settings}
{
    for (const Decision& decision : decisions)
        most_options_ = std::max(most_options_, static_cast<std::int64_t>(decision.options.size()));
    const std::int64_t hidden = settings.hidden, gates = settings.lstm ? 4 * hidden : hidden;
    const double bound = 1 / std::sqrt(static_cast<double>(hidden));
    const auto uniform = [&] { return bound * (2 * initial.uniform() - 1); };
    embedding_ = parameter(1 + most_options_, hidden, [&] { return 0.1 * initial.normal(); });
    input_weight_ = parameter(hidden, gates, uniform);
    hidden_weight_ = parameter(hidden, gates, uniform);
    bias_ = parameter(1, gates, uniform);
    output_weight_ = parameter(hidden, most_options_, uniform);
    output_bias_ = parameter(1, most_options_, uniform);
    optimiser_.emplace(parameters(), torch_sdk::Adam{.learning_rate = settings.learning_rate});
}

std::vector<Tensor> Controller::parameters() const
{
    return {embedding_, input_weight_, hidden_weight_, bias_, output_weight_, output_bias_};
}

Controller::State Controller::next(const Tensor& input, const State& state) const
{
    const Tensor gates = at::addmm(at::addmm(bias_, input, input_weight_), state.hidden, hidden_weight_);
    if (!settings_.lstm)
        return {at::tanh(gates), {}};
    const std::vector<Tensor> part = gates.chunk(4, 1);  // input, forget, candidate, output
    const Tensor cell = at::sigmoid(part[1]) * state.cell + at::sigmoid(part[0]) * at::tanh(part[2]);
    return {at::sigmoid(part[3]) * at::tanh(cell), cell};
}

Tensor Controller::logits(const Tensor& hidden, std::size_t options) const
{
    Tensor values = at::addmm(output_bias_, hidden, output_weight_);
    if (static_cast<std::int64_t>(options) < most_options_)
        values = values.narrow(1, 0, static_cast<std::int64_t>(options));
    if (settings_.temperature > 0)
        values = values / settings_.temperature;
    if (settings_.tanh_constant > 0)
        values = settings_.tanh_constant * at::tanh(values);
    return values;
}

Controller::Episode Controller::sample(std::int64_t samples, Rng& rng) const
{
    Episode episode;
    episode.architectures.resize(static_cast<std::size_t>(samples));
    const Tensor nothing = at::zeros({samples, settings_.hidden}, at::kDouble);
    State state{nothing, nothing};
    Tensor last = at::zeros({samples}, at::kLong);  // row of the embedding: 0 is the start token
    std::vector<Tensor> chosen_log, entropy;
    for (const Decision& decision : decisions_) {
        state = next(at::embedding(embedding_, last), state);
        const Tensor log_p = at::log_softmax(logits(state.hidden, decision.options.size()), 1);
        const Tensor p = log_p.exp();
        const Tensor option = at::empty({samples}, at::kLong);
        for (std::int64_t i = 0; i < samples; ++i) {
            const std::int64_t chosen = option_at(p.const_data_ptr<double>() + i * p.size(1), p.size(1), rng.uniform());
            option.data_ptr<std::int64_t>()[i] = chosen;
            episode.architectures[static_cast<std::size_t>(i)].choices.push_back(static_cast<std::uint16_t>(chosen));
        }
        chosen_log.push_back(log_p.gather(1, option.unsqueeze(1)).squeeze(1));
        entropy.push_back(-(p * log_p).sum(1).mean());
        last = option + 1;
    }
    episode.log_probability = at::stack(chosen_log).sum(0);
    episode.entropy = at::stack(entropy).mean();
    return episode;
}

void Controller::reinforce(const Episode& episode, std::span<const double> advantages)
{
    const Tensor advantage = at::empty({static_cast<std::int64_t>(advantages.size())}, at::kDouble);
    std::ranges::copy(advantages, advantage.data_ptr<double>());
    Tensor loss = -(advantage * episode.log_probability).mean();
    if (settings_.entropy_bonus > 0)
        loss = loss - settings_.entropy_bonus * episode.entropy;
    optimiser_->step(loss);
}

}  // namespace espalier::training_free_rl
