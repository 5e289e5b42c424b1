// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/optimiser.hpp"

#include <cmath>
#include <filesystem>
#include <variant>

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/tensors.hpp"

namespace espalier::torch_sdk {
namespace {

/// A parameter with what Sgd (first: velocity) and Adam (first and second moment) remember of it.
struct Learner {
    Tensor parameter;
    double rate_factor, weight_decay;
    Tensor first = {}, second = {};
    std::int64_t steps = 0;

    /// The gradient, with decay.
    Tensor slope() const
    {
        return weight_decay != 0 ? parameter.grad().add(parameter, weight_decay) : parameter.grad();
    }
};

void clip(const std::vector<Learner>& learners, double limit)
{
    Tensor squared;
    for (const Learner& l : learners) {
        if (!l.parameter.grad().defined())
            continue;
        const Tensor norm = l.parameter.grad().square().sum();
        squared = squared.defined() ? squared.add(norm) : norm;
    }
    if (!squared.defined())
        return;
    const double norm = std::sqrt(squared.item<double>());
    if (norm <= limit)
        return;
    for (const Learner& l : learners) {
        if (l.parameter.grad().defined())
            l.parameter.mutable_grad().mul_(limit / norm);
    }
}

void move(const Sgd& o, Learner& l)
{
    Tensor g = l.slope();
    if (o.momentum != 0) {
        if (l.first.defined())
            l.first.mul_(o.momentum).add_(g);
        else
            l.first = g.clone();
        g = o.nesterov ? g.add(l.first, o.momentum) : l.first;
    }
    l.parameter.add_(g, -o.learning_rate * l.rate_factor);
}

void move(const Adam& o, Learner& l)
{
    const Tensor g = l.slope();
    if (!l.first.defined()) {
        l.first = g.mul(0);
        l.second = l.first.clone();
    }
    ++l.steps;
    l.first.mul_(o.beta1).add_(g, 1 - o.beta1);
    l.second.mul_(o.beta2).addcmul_(g, g, 1 - o.beta2);
    const double first_correction = 1 - std::pow(o.beta1, l.steps);
    const double second_correction = 1 - std::pow(o.beta2, l.steps);
    const Tensor deviation = l.second.sqrt().div_(std::sqrt(second_correction)).add_(o.epsilon);
    l.parameter.addcdiv_(l.first, deviation, -o.learning_rate * l.rate_factor / first_correction);
}

template <class Options>
std::vector<Learner> learners(std::vector<ParameterGroup> groups, const Options& options)
{
    std::vector<Learner> all;
    for (ParameterGroup& group : groups)
        for (Tensor& parameter : group.parameters)
            all.push_back({std::move(parameter), group.rate_factor, group.weight_decay.value_or(options.weight_decay)});
    return all;
}

}  // namespace

struct Optimiser::State {
    std::vector<Learner> learners;
    std::variant<Sgd, Adam> options;
};

Optimiser::Optimiser(std::vector<Tensor> parameters, const Sgd& options)
    : Optimiser(std::vector<ParameterGroup>{{std::move(parameters)}}, options)
{
}

Optimiser::Optimiser(std::vector<Tensor> parameters, const Adam& options)
    : Optimiser(std::vector<ParameterGroup>{{std::move(parameters)}}, options)
{
}

Optimiser::Optimiser(std::vector<ParameterGroup> groups, const Sgd& options)
    : state_{std::make_unique<State>(State{learners(std::move(groups), options), options})}
{
}

Optimiser::Optimiser(std::vector<ParameterGroup> groups, const Adam& options)
    : state_{std::make_unique<State>(State{learners(std::move(groups), options), options})}
{
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
    std::visit(
        [this](const auto& options) {
            if (options.clip > 0)
                clip(state_->learners, options.clip);
            for (Learner& learner : state_->learners)
                if (learner.parameter.grad().defined())
                    move(options, learner);
        },
        state_->options);
    forget_gradients();
}

void Optimiser::forget_gradients()
{
    for (Learner& learner : state_->learners)
        learner.parameter.mutable_grad().reset();
}

void Optimiser::set_learning_rate(double rate)
{
    std::visit([rate](auto& options) { options.learning_rate = rate; }, state_->options);
}

double Optimiser::learning_rate() const
{
    return std::visit([](const auto& options) { return options.learning_rate; }, state_->options);
}

void Optimiser::save(const std::string& folder, std::string_view name) const
{
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (std::size_t i = 0; i < state_->learners.size(); ++i) {
        const Learner& learner = state_->learners[i];
        const std::string place = std::to_string(i) + "." + std::to_string(learner.steps);
        if (learner.first.defined())
            tensors.emplace_back(place + ".first", learner.first);
        if (learner.second.defined())
            tensors.emplace_back(place + ".second", learner.second);
    }
    save_tensors((std::filesystem::path(folder) / name).string(), tensors);
}

void Optimiser::load(const std::string& folder, std::string_view name)
{
    const std::string file = (std::filesystem::path(folder) / name).string();
    std::vector<Learner> learners = state_->learners;
    for (Learner& learner : learners)
        learner.first = learner.second = Tensor(), learner.steps = 0;
    for (auto& [place, tensor] : load_tensors(file)) {
        std::size_t end = 0;
        const std::size_t i = std::stoul(place, &end);
        if (i >= learners.size() || tensor.sizes() != learners[i].parameter.sizes())
            throw Error(file + ": belongs to an optimiser of other parameters");
        const Tensor& parameter = learners[i].parameter;
        // in the parameter's memory format, so that the numbers of a resumed training are those of an uninterrupted one
        const Tensor placed = tensor.to(parameter.device()).contiguous(parameter.suggest_memory_format());
        learners[i].steps = std::stoll(place.substr(end + 1));
        (place.ends_with(".second") ? learners[i].second : learners[i].first) = placed;
    }
    state_->learners = std::move(learners);
}

}  // namespace espalier::torch_sdk
