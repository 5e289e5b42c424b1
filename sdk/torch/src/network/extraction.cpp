// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/extraction.hpp"

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/weight_shapes.hpp"

#include "operations.hpp"
#include "plan.hpp"

namespace espalier::torch_sdk {
namespace {

/// A tensor of the same layers that is larger belongs to a wider layer of the same name, which gives it.
void give(const Tensor& into, const Tensor& part)
{
    if (into.sizes() == part.sizes())
        into.copy_(part);
}

void give_statistics(const Layer& layer, const Statistics::Running& into, const Statistics::Running& from)
{
    const std::int64_t channels = layer.shape()[0];
    if (into.mean.size(0) != channels)
        return;
    into.mean.copy_(from.mean.narrow(0, 0, channels));
    into.variance.copy_(from.variance.narrow(0, 0, channels));
}

/// @throws Error if `from` has not what the layer needs.
void give_layer(const Layer& layer, const LayerWeights& into, const Weights& from)
{
    const LayerWeights own = parts(layer, from);
    const LayerWeights& whole = from.layer(layer.spec().weights);
    if (own.weight.defined())
        give(into.weight, own.weight);
    if (own.bias.defined())
        give(into.bias, own.bias);
    for (const auto& [name, tensor] : own.others)
        give(into[name], tensor);
    for (const auto& [name, tensor] : whole.others)  // transforms, which belong to no layer alone
        if (const auto found = into.others.find(name); found != into.others.end())
            give(found->second, tensor);
}

}  // namespace

Weights extracted(const Network& network, const Weights& from, const Statistics* statistics)
{
    return translated("extracting weights", [&] {
        const c10::NoGradGuard no_gradients;
        Weights made(network, {}, /*seed=*/0, from.dtype(), from.device());
        for (const Layer layer : network) {
            if (weight_shapes(layer).empty())
                continue;
            const std::string& name = layer.spec().weights;
            try {
                give_layer(layer, made.layer(name), from);
                if (layer.op() == Op::batch_norm)
                    give_statistics(layer, made.statistics().at(name),
                                    (statistics != nullptr ? *statistics : from.statistics()).at(name));
            } catch (const Error& error) {
                throw Error(layer_place(layer) + ": " + error.what());
            }
        }
        return made;
    });
}

std::size_t inherit(Weights& into, const Network& network, const Weights& from)
{
    return translated("inheriting weights", [&] {
        const c10::NoGradGuard no_gradients;
        std::size_t given = 0;
        for (const Layer layer : network) {
            if (weight_shapes(layer).empty())
                continue;
            const std::string& name = layer.spec().weights;
            try {
                give_layer(layer, into.layer(name), from);
            } catch (const Error&) {  // it has none of this name or width
                continue;
            }
            if (layer.op() == Op::batch_norm)
                give_statistics(layer, into.statistics().at(name), from.statistics().at(name));
            ++given;
        }
        return given;
    });
}

}  // namespace espalier::torch_sdk
