// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/weights.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <c10/core/GradMode.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "initial_values.hpp"
#include "largest_shapes.hpp"

namespace espalier::torch_sdk {
namespace {

struct Part {
    std::string_view name;
    Tensor LayerWeights::*member;
};

constexpr std::array<Part, 2> kParts{{{"weight", &LayerWeights::weight}, {"bias", &LayerWeights::bias}}};

}  // namespace

Weights::Weights(const Network& network, const Initialisation& initialisation, std::uint64_t seed, at::ScalarType dtype,
                 const c10::Device& device)
    : statistics_{Statistics::Update::momentum}, dtype_{dtype}, device_{device}
{
    translated("making weights", [&] {
        const auto shapes = largest_shapes(network);
        layers_.reserve(shapes.size());
        for (const auto& [name, shape] : shapes) {
            LayerWeights& made = layers_[name];
            made = initial_values(shape, initialisation, seed, name, dtype);
            for (const Part& part : kParts) {
                Tensor& tensor = made.*part.member;
                if (!tensor.defined())
                    continue;
                tensor = tensor.to(device).requires_grad_();
                tensors_.push_back({name + "." + std::string(part.name), tensor});
            }
            if (shape.statistics.size() > 0) {
                const Statistics::Running& own = statistics_.add(name, shape.statistics[0], dtype, device);
                tensors_.push_back({name + ".running_mean", own.mean, false});
                tensors_.push_back({name + ".running_var", own.variance, false});
            }
        }
    });
}

Weights::Weights(Weights&&) noexcept = default;
Weights& Weights::operator=(Weights&&) noexcept = default;
Weights::~Weights() = default;

std::vector<Tensor> Weights::parameters() const
{
    std::vector<Tensor> parameters;
    for (const NamedTensor& tensor : tensors_) {
        if (tensor.trainable)
            parameters.push_back(tensor.value);
    }
    return parameters;
}

void Weights::require_gradients(bool wanted)
{
    for (const NamedTensor& tensor : tensors_) {
        if (tensor.trainable)
            tensor.value.requires_grad_(wanted);
    }
}

const LayerWeights& Weights::layer(std::string_view weights) const
{
    const auto found = layers_.find(weights);
    if (found == layers_.end())
        throw Error("there are no weights '" + std::string(weights) + "': they were made for another network");
    return found->second;
}

const Tensor& Weights::at(std::string_view name) const
{
    for (const NamedTensor& tensor : tensors_) {
        if (tensor.name == name)
            return tensor.value;
    }
    std::vector<std::string> names;
    for (const NamedTensor& tensor : tensors_)
        names.push_back(tensor.name);
    const std::string near = nearest(name, names);
    throw Error("there is no weight '" + std::string(name) + "'" +
                (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

void Weights::save(const std::string& folder) const
{
    std::vector<std::pair<std::string, Tensor>> named;
    for (const NamedTensor& tensor : tensors_)
        named.emplace_back(tensor.name, tensor.value);
    save_tensors((std::filesystem::path(folder) / "weights").string(), named);
}

void Weights::load(const std::string& folder)
{
    const std::string file = (std::filesystem::path(folder) / "weights").string();
    const auto loaded = load_tensors(file);
    const auto same = [](const auto& saved, const NamedTensor& own) {
        return saved.first == own.name && saved.second.sizes() == own.value.sizes();
    };
    if (!std::equal(loaded.begin(), loaded.end(), tensors_.begin(), tensors_.end(), same))
        throw Error(file + ": holds the weights of another network");
    const c10::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < loaded.size(); ++i)
        tensors_[i].value.copy_(loaded[i].second);
}

}  // namespace espalier::torch_sdk
