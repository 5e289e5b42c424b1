// SPDX-License-Identifier: Apache-2.0
#include "weight_average.hpp"

#include <algorithm>

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/tensors.hpp"

namespace espalier::torch_sdk {
namespace {

std::string average_file(const std::string& folder)
{
    return folder + "/average";
}

}  // namespace

WeightAverage::WeightAverage(const Weights& weights, double decay) : weights_{weights}, decay_{decay}
{
    for (const NamedTensor& tensor : weights.tensors())
        values_.emplace_back(tensor.name, tensor.value.detach().clone());
}

void WeightAverage::update(double n)
{
    const c10::NoGradGuard no_gradients;
    const double decay = std::min(decay_, (1 + n) / (10 + n));
    for (std::size_t i = 0; i < values_.size(); ++i)
        values_[i].second.lerp_(weights_.tensors()[i].value, 1 - decay);
}

void WeightAverage::save(const std::string& folder) const
{
    save_tensors(average_file(folder), values_);
}

void WeightAverage::load(const std::string& folder)
{
    const auto loaded = load_tensors(average_file(folder));
    const auto same = [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.sizes() == b.second.sizes();
    };
    if (!std::ranges::equal(loaded, values_, same))
        throw Error(average_file(folder) + ": holds the weights of another network");
    for (std::size_t i = 0; i < values_.size(); ++i)
        values_[i].second.copy_(loaded[i].second);  // keeps the memory format, on which the last bits depend
}

}  // namespace espalier::torch_sdk
