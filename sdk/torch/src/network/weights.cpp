// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/weights.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <c10/core/GradMode.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "initial_values.hpp"

namespace espalier::torch_sdk {

const Tensor& LayerWeights::operator[](std::string_view name) const
{
    if (name == "weight" && weight.defined())
        return weight;
    if (name == "bias" && bias.defined())
        return bias;
    const auto found = others.find(name);
    if (found == others.end())
        throw Error("has no tensor '" + std::string(name) + "'");
    return found->second;
}

Tensor& LayerWeights::tensor(const std::string& name)
{
    return name == "weight" ? weight : name == "bias" ? bias : others[name];
}

Weights::Weights(const Network& network, const Initialisation& initialisation, std::uint64_t seed, at::ScalarType dtype,
                 const c10::Device& device)
    : Weights(dtype, device)
{
    translated("making weights", [&] {
        for (const NamedWeights& named : weight_shapes(network)) {
            LayerWeights& own = layers_[named.name];
            const std::vector<Tensor> made = initial_values(named, initialisation, seed, dtype);
            for (std::size_t i = 0; i < made.size(); ++i) {
                const WeightShape& tensor = named.tensors[i];
                const std::string name = named.name + "." + tensor.name;
                if (tensor.start == WeightShape::Start::mean)
                    tensors_.push_back({name, statistics_.add(named.name, tensor.shape[0], dtype, device).mean, false});
                else if (tensor.start == WeightShape::Start::variance)
                    tensors_.push_back({name, statistics_.at(named.name).variance, false});
                else
                    tensors_.push_back({name, own.tensor(tensor.name) = made[i].to(device).requires_grad_()});
            }
        }
    });
}

Weights::Weights(at::ScalarType dtype, const c10::Device& device)
    : statistics_{Statistics::Update::momentum}, dtype_{dtype}, device_{device}
{
}

Weights Weights::shared() const
{
    Weights copy(dtype_, device_);
    std::unordered_map<const c10::TensorImpl*, Tensor> twins;
    const auto twin = [&](const Tensor& own) {
        if (!own.defined())
            return own;
        const auto [found, added] = twins.try_emplace(own.unsafeGetTensorImpl());
        if (added)
            found->second = own.detach().requires_grad_(own.requires_grad());
        return found->second;
    };
    for (const auto& [name, own] : layers_) {
        LayerWeights& layer = copy.layers_[name];
        layer.weight = twin(own.weight);
        layer.bias = twin(own.bias);
        for (const auto& [other, tensor] : own.others)
            layer.others[other] = twin(tensor);
    }
    for (const NamedTensor& tensor : tensors_)
        if (tensor.trainable)
            copy.tensors_.push_back({tensor.name, twin(tensor.value)});
    return copy;
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
    try {
        assign(loaded);
    } catch (const Error& error) {
        throw Error(file + ": " + error.what());
    }
}

void Weights::assign(std::span<const std::pair<std::string, Tensor>> values)
{
    const auto same = [](const auto& value, const NamedTensor& own) {
        return value.first == own.name && value.second.sizes() == own.value.sizes();
    };
    if (!std::equal(values.begin(), values.end(), tensors_.begin(), tensors_.end(), same))
        throw Error("holds the weights of another network");
    const c10::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < values.size(); ++i)
        tensors_[i].value.copy_(values[i].second);
}

}  // namespace espalier::torch_sdk
