// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/statistics.hpp"

#include <utility>

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier::torch_sdk {

Statistics::Statistics(const Network& network, Update update, at::ScalarType dtype, const c10::Device& device)
    : Statistics(update)
{
    translated("making statistics", [&] {
        for (const auto& [name, tensors] : weight_shapes(network)) {
            for (const WeightShape& tensor : tensors)
                if (tensor.start == WeightShape::Start::mean)
                    add(name, tensor.shape[0], dtype, device);
        }
    });
}

// Tensors made in inference mode could not be used outside it.
const Statistics::Running& Statistics::add(const std::string& weights, std::int64_t channels, at::ScalarType dtype,
                                           const c10::Device& device)
{
    const c10::InferenceMode normal(false);
    const auto options = at::TensorOptions().dtype(dtype).device(device);
    Running made{at::zeros(channels, options), at::ones(channels, options),
                 at::zeros(channels, options.dtype(at::kDouble))};
    return running_.emplace(weights, std::move(made)).first->second;
}

Statistics::Statistics(const Statistics& other) : update_{other.update_}
{
    const c10::InferenceMode normal(false);
    for (const auto& [name, running] : other.running_)
        running_.emplace(name, Running{running.mean.clone(), running.variance.clone(), running.examples.clone()});
}

Statistics::Statistics(Statistics&&) noexcept = default;
Statistics& Statistics::operator=(Statistics&&) noexcept = default;
Statistics::~Statistics() = default;

const Statistics::Running& Statistics::at(std::string_view weights) const
{
    const auto found = running_.find(weights);
    if (found == running_.end())
        throw Error("there are no statistics for '" + std::string(weights) + "': they were made for another network");
    return found->second;
}

void Statistics::reset()
{
    for (const auto& [name, running] : running_) {
        running.mean.zero_();
        running.variance.fill_(1);
        running.examples.zero_();
    }
}

}  // namespace espalier::torch_sdk
