// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/weights.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include <c10/core/GradMode.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "initial_values.hpp"
#include "weight_shapes.hpp"

namespace espalier::torch_sdk {
namespace {

struct Part {
    std::string_view name;
    Tensor LayerWeights::*member;
    bool trainable;
};

constexpr std::array<Part, 4> kParts{{{"weight", &LayerWeights::weight, true},
                                      {"bias", &LayerWeights::bias, true},
                                      {"running_mean", &LayerWeights::running_mean, false},
                                      {"running_var", &LayerWeights::running_var, false}}};

void widen(Shape& largest, const Shape& also, std::string_view name)
{
    if (also.size() == 0)
        return;
    if (largest.size() == 0)
        largest = also;
    if (largest.size() != also.size())
        throw Error("weights '" + std::string(name) + "' are shared by layers of different operations");
    for (std::size_t i = 0; i < also.size(); ++i)
        largest[i] = std::max(largest[i], also[i]);
}

/// Every weight name in the order of first use, with the largest extents that any of its layers needs.
std::vector<std::pair<std::string, WeightShapes>> largest_shapes(const Network& network)
{
    std::vector<std::pair<std::string, WeightShapes>> largest;
    std::map<std::string_view, std::size_t> places;
    for (const Layer layer : network) {
        const std::string& name = layer.spec().weights;
        if (name.empty())
            continue;
        const WeightShapes own = weight_shapes(layer);
        const auto [place, added] = places.emplace(name, largest.size());
        if (added) {
            largest.emplace_back(name, own);
            continue;
        }
        WeightShapes& shared = largest[place->second].second;
        if (shared.kind != own.kind)
            throw Error("weights '" + name + "' are shared by layers of different operations");
        widen(shared.weight, own.weight, name);
        widen(shared.bias, own.bias, name);
        widen(shared.statistics, own.statistics, name);
    }
    return largest;
}

}  // namespace

Weights::Weights(const Network& network, const Initialisation& initialisation, std::uint64_t seed, at::ScalarType dtype,
                 const c10::Device& device)
    : dtype_{dtype}, device_{device}
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
                tensor = tensor.to(device);
                if (part.trainable)
                    tensor.requires_grad_();
                tensors_.push_back({name + "." + std::string(part.name), tensor, part.trainable});
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
    const std::size_t dot = name.rfind('.');
    const auto found = layers_.find(name.substr(0, dot));
    if (found != layers_.end() && dot != std::string_view::npos) {
        for (const Part& part : kParts) {
            const Tensor& tensor = found->second.*part.member;
            if (name.substr(dot + 1) == part.name && tensor.defined())
                return tensor;
        }
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
