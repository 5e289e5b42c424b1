// SPDX-License-Identifier: Apache-2.0
#include "largest_shapes.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "espalier/error.hpp"

namespace espalier::torch_sdk {
namespace {

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

}  // namespace

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

}  // namespace espalier::torch_sdk
