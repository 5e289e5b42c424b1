// SPDX-License-Identifier: Apache-2.0
#include "espalier/counts.hpp"

#include <algorithm>
#include <unordered_map>

#include "espalier/error.hpp"

#include "operations/operations.hpp"

namespace espalier {
namespace {

const OperationTraits& traits_of(const Layer& layer)
{
    return *entry_of(layer.spec()).traits;
}

/// Of a layer by itself, which needs no transforms.
bool counted(WeightShape::Start start)
{
    return trained(start) && start != WeightShape::Start::identity;
}

/// The longer of both along each axis.
void widen(Shape& shape, const Shape& other, const std::string& name)
{
    if (shape.size() != other.size())
        throw Error("weights '" + name + "' are shared by layers of different operations");
    for (std::size_t i = 0; i < shape.size(); ++i)
        shape[i] = std::max(shape[i], other[i]);
}

}  // namespace

double macs(const Layer& layer)
{
    const auto count = traits_of(layer).macs;
    return count == nullptr ? 0 : count(layer);
}

double params(const Layer& layer)
{
    double sum = unregistered(layer) ? layer.spec().number("params", 0) : 0;
    if (const auto weights = traits_of(layer).weights; weights != nullptr)
        weights(layer, [&sum](std::string_view, const Shape& shape, WeightShape::Start start) {
            sum += counted(start) ? static_cast<double>(shape.elements()) : 0;
        });
    return sum;
}

namespace {

/// Also the transforms that lead to the layer's kernel from larger ones, which are there or not.
std::vector<WeightShape> stated(const Layer& layer)
{
    std::vector<WeightShape> all;
    if (const auto weights = traits_of(layer).weights; weights != nullptr)
        weights(layer, [&all](std::string_view name, const Shape& shape, WeightShape::Start start) {
            all.push_back({std::string(name), shape, start});
        });
    return all;
}

}  // namespace

std::vector<WeightShape> weight_shapes(const Layer& layer)
{
    std::vector<WeightShape> own = stated(layer);
    std::erase_if(own, [](const WeightShape& tensor) { return tensor.start == WeightShape::Start::identity; });
    return own;
}

std::vector<NamedWeights> weight_shapes(const Network& network)
{
    std::vector<NamedWeights> all;
    std::unordered_map<std::string_view, std::size_t> places;
    for (const Layer layer : network) {
        const std::string& name = layer.spec().weights;
        if (name.empty())
            continue;
        const auto [place, added] = places.emplace(name, all.size());
        if (added)
            all.push_back({name, {}});
        std::vector<WeightShape>& tensors = all[place->second].tensors;
        auto next = tensors.begin();  // where a tensor that is not there yet goes
        for (WeightShape& tensor : stated(layer)) {
            const auto found = std::ranges::find(tensors, tensor.name, &WeightShape::name);
            if (found != tensors.end())
                widen(found->shape, tensor.shape, name);
            next = std::next(found != tensors.end() ? found : tensors.insert(next, std::move(tensor)));
        }
    }
    for (auto& [name, tensors] : all)  // a transform leads to a smaller kernel than there is
        std::erase_if(tensors, [kernel = tensors.empty() ? Shape{} : tensors[0].shape](const WeightShape& tensor) {
            return tensor.start == WeightShape::Start::identity && tensor.shape[0] >= kernel[2] * kernel[3];
        });
    return all;
}

double macs(const Network& network)
{
    double sum = 0;
    for (const Layer layer : network)
        sum += macs(layer);
    return sum;
}

double params(const Network& network)
{
    double sum = 0;
    bool transforms = false;
    std::unordered_map<std::string_view, double> shared(network.size());
    for (const Layer layer : network) {
        transforms |= !entry_of(layer.spec()).transform.empty();
        const double own = params(layer);
        if (layer.spec().weights.empty()) {
            sum += own;
            continue;
        }
        double& largest = shared[layer.spec().weights];
        sum += std::max(own - largest, 0.0);
        largest = std::max(own, largest);
    }
    if (transforms)
        for (const auto& [name, tensors] : weight_shapes(network))
            for (const WeightShape& tensor : tensors)
                sum += tensor.start == WeightShape::Start::identity ? static_cast<double>(tensor.shape.elements()) : 0;
    return sum;
}

double activations(const Layer& layer)
{
    return static_cast<double>(layer.shape().elements());
}

double activations(const Network& network)
{
    double sum = 0;
    for (const Layer layer : network)
        if (traits_of(layer).computes)
            sum += activations(layer);
    return sum;
}

double bytes(const Network& network)
{
    return 4 * (params(network) + activations(network));
}

}  // namespace espalier
