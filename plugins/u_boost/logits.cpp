// SPDX-License-Identifier: Apache-2.0
#include "logits.hpp"

#include <cmath>
#include <set>

#include <ATen/ops/argmax.h>
#include <ATen/ops/item.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/relaxation.hpp"
#include "espalier/torch/tensors/tensors.hpp"

namespace espalier::u_boost {
namespace {

/// The density of the normal distribution around a random option.
std::vector<double> hill(std::size_t options, Rng& rng)
{
    const auto centre = static_cast<double>(rng.below(options));
    std::vector<double> values;
    for (std::size_t k = 0; k < options; ++k) {
        const double distance = static_cast<double>(k) - centre;
        values.push_back(std::exp(-distance * distance / 2) / std::sqrt(2 * M_PI));
    }
    return values;
}

std::map<std::size_t, Tensor> initial(const Network& super, const Region& open, double deviation, Rng& rng)
{
    std::set<std::size_t> masks, choices;
    for (const Layer layer : super) {
        if (layer.op() == Op::channel_mask)
            masks.insert(layer.decision());
        else if (layer.op() == Op::choice)
            choices.insert(layer.decision());
    }
    std::map<std::size_t, Tensor> values;
    for (std::size_t d = 0; d < open.decisions(); ++d) {
        if (!masks.contains(d) && !choices.contains(d))
            continue;
        std::vector<double> numbers;
        if (choices.contains(d))
            for (std::size_t k = 0; k < open.options(d).size(); ++k)
                numbers.push_back(deviation * rng.normal());
        else
            numbers = hill(open.options(d).size(), rng);
        values.emplace(d, at::tensor(numbers, at::kDouble).requires_grad_());
    }
    if (values.empty())
        throw Error("there is nothing to choose: the space's super-network has no open decision");
    return values;
}

std::vector<Tensor> listed(const std::map<std::size_t, Tensor>& values)
{
    std::vector<Tensor> all;
    for (const auto& [decision, value] : values)
        all.push_back(value);
    return all;
}

}  // namespace

Logits::Logits(const Network& super, const Region& open, double learning_rate, double deviation, Rng& rng)
    : values_{initial(super, open, deviation, rng)},
      adam_{listed(values_), torch_sdk::Adam{.learning_rate = learning_rate}}
{
}

torch_sdk::Gates Logits::sample(double temperature, Rng& rng) const
{
    torch_sdk::Gates gates;
    for (const auto& [decision, value] : values_)
        gates.emplace(decision, torch_sdk::gumbel_softmax(value, temperature, rng));
    return gates;
}

Architecture Logits::best(Architecture fixed) const
{
    for (const auto& [decision, value] : values_)
        fixed.choices[decision] = static_cast<std::uint16_t>(value.argmax().item<std::int64_t>());
    return fixed;
}

double Logits::entropy() const
{
    const c10::NoGradGuard no_gradients;
    double sum = 0;
    for (const auto& [decision, value] : values_) {
        const Tensor log = value.log_softmax(0);
        sum -= log.exp().mul(log).sum().item<double>();
    }
    return sum / static_cast<double>(values_.size());
}

void Logits::save(const std::string& folder) const
{
    std::vector<std::pair<std::string, Tensor>> named;
    for (const auto& [decision, value] : values_)
        named.emplace_back(std::to_string(decision), value.detach());
    torch_sdk::save_tensors(folder + "/logits", named);
    adam_.save(folder, "adam");
}

void Logits::load(const std::string& folder)
{
    const c10::NoGradGuard no_gradients;
    for (const auto& [decision, value] : torch_sdk::load_tensors(folder + "/logits"))
        values_.at(std::stoul(decision)).copy_(value);
    adam_.load(folder, "adam");
}

}  // namespace espalier::u_boost
