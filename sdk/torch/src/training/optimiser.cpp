// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/optimiser.hpp"

#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/tensors.hpp"

namespace espalier::torch_sdk {
namespace {

/// What Sgd (first: velocity) and Adam (first and second moment) remember of one parameter.
struct Memory {
    Tensor first, second;
    std::int64_t steps = 0;
};

void clip(const std::vector<Tensor>& parameters, double limit)
{
    Tensor squared;
    for (const Tensor& p : parameters) {
        if (!p.grad().defined())
            continue;
        const Tensor norm = p.grad().square().sum();
        squared = squared.defined() ? squared.add(norm) : norm;
    }
    if (!squared.defined())
        return;
    const double norm = std::sqrt(squared.item<double>());
    if (norm <= limit)
        return;
    for (const Tensor& p : parameters) {
        if (p.grad().defined())
            p.mutable_grad().mul_(limit / norm);
    }
}

void move(const Sgd& o, Tensor& parameter, Memory& memory)
{
    Tensor g = parameter.grad();
    if (o.weight_decay != 0)
        g = g.add(parameter, o.weight_decay);
    if (o.momentum != 0) {
        if (memory.first.defined())
            memory.first.mul_(o.momentum).add_(g);
        else
            memory.first = g.clone();
        g = o.nesterov ? g.add(memory.first, o.momentum) : memory.first;
    }
    parameter.add_(g, -o.learning_rate);
}

void move(const Adam& o, Tensor& parameter, Memory& memory)
{
    Tensor g = parameter.grad();
    if (o.weight_decay != 0)
        g = g.add(parameter, o.weight_decay);
    if (!memory.first.defined()) {
        memory.first = g.mul(0);
        memory.second = memory.first.clone();
    }
    ++memory.steps;
    memory.first.mul_(o.beta1).add_(g, 1 - o.beta1);
    memory.second.mul_(o.beta2).addcmul_(g, g, 1 - o.beta2);
    const double first_correction = 1 - std::pow(o.beta1, memory.steps);
    const double second_correction = 1 - std::pow(o.beta2, memory.steps);
    const Tensor deviation = memory.second.sqrt().div_(std::sqrt(second_correction)).add_(o.epsilon);
    parameter.addcdiv_(memory.first, deviation, -o.learning_rate / first_correction);
}

}  // namespace

struct Optimiser::State {
    std::vector<Tensor> parameters;
    std::vector<Memory> memories;
    std::optional<Sgd> sgd;
    std::optional<Adam> adam;

    double& learning_rate() { return sgd ? sgd->learning_rate : adam->learning_rate; }
    double clip() const { return sgd ? sgd->clip : adam->clip; }
};

Optimiser::Optimiser(std::vector<Tensor> parameters, const Sgd& options) : state_{std::make_unique<State>()}
{
    state_->memories.resize(parameters.size());
    state_->parameters = std::move(parameters);
    state_->sgd = options;
}

Optimiser::Optimiser(std::vector<Tensor> parameters, const Adam& options) : state_{std::make_unique<State>()}
{
    state_->memories.resize(parameters.size());
    state_->parameters = std::move(parameters);
    state_->adam = options;
}

Optimiser::Optimiser(Optimiser&&) noexcept = default;
Optimiser& Optimiser::operator=(Optimiser&&) noexcept = default;
Optimiser::~Optimiser() = default;

void Optimiser::step(const Tensor& loss)
{
    forget_gradients();
    loss.backward();
    step();
}

void Optimiser::step()
{
    const c10::NoGradGuard no_gradients;
    if (state_->clip() > 0)
        clip(state_->parameters, state_->clip());
    for (std::size_t i = 0; i < state_->parameters.size(); ++i) {
        Tensor& parameter = state_->parameters[i];
        if (!parameter.grad().defined())
            continue;
        if (state_->sgd)
            move(*state_->sgd, parameter, state_->memories[i]);
        else
            move(*state_->adam, parameter, state_->memories[i]);
    }
    forget_gradients();
}

void Optimiser::forget_gradients()
{
    for (Tensor& parameter : state_->parameters)
        parameter.mutable_grad().reset();
}

void Optimiser::set_learning_rate(double rate)
{
    state_->learning_rate() = rate;
}

double Optimiser::learning_rate() const
{
    return state_->learning_rate();
}

void Optimiser::save(const std::string& folder, std::string_view name) const
{
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (std::size_t i = 0; i < state_->memories.size(); ++i) {
        const Memory& memory = state_->memories[i];
        const std::string place = std::to_string(i) + "." + std::to_string(memory.steps);
        if (memory.first.defined())
            tensors.emplace_back(place + ".first", memory.first);
        if (memory.second.defined())
            tensors.emplace_back(place + ".second", memory.second);
    }
    save_tensors((std::filesystem::path(folder) / name).string(), tensors);
}

void Optimiser::load(const std::string& folder, std::string_view name)
{
    const std::string file = (std::filesystem::path(folder) / name).string();
    std::vector<Memory> memories(state_->parameters.size());
    for (auto& [place, tensor] : load_tensors(file)) {
        std::size_t end = 0;
        const std::size_t i = std::stoul(place, &end);
        if (i >= memories.size() || tensor.sizes() != state_->parameters[i].sizes())
            throw Error(file + ": belongs to an optimiser of other parameters");
        const Tensor& parameter = state_->parameters[i];
        // in the parameter's memory format, so that the numbers of a resumed training are those of an uninterrupted one
        const Tensor placed = tensor.to(parameter.device()).contiguous(parameter.suggest_memory_format());
        memories[i].steps = std::stoll(place.substr(end + 1));
        (place.ends_with(".second") ? memories[i].second : memories[i].first) = placed;
    }
    state_->memories = std::move(memories);
}

double cosine(double initial, double step, double steps)
{
    return 0.5 * initial * (1 + std::cos(std::numbers::pi * std::min(step / steps, 1.0)));
}

}  // namespace espalier::torch_sdk
