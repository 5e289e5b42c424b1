// SPDX-License-Identifier: Apache-2.0
#include "espalier/model_folder/cut_weights.hpp"

#include <algorithm>
#include <map>

#include "espalier/weight_shapes.hpp"

namespace espalier {
namespace {

/// Where a part begins in a tensor of `extents`, axis by axis. Nothing: it is no part of it.
std::optional<std::vector<std::int64_t>> beginning(const WeightShape& part, const std::vector<std::int64_t>& extents)
{
    if (part.shape.size() != extents.size())
        return std::nullopt;
    std::vector<std::int64_t> begin;
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        const std::int64_t surplus = extents[axis] - part.shape[axis];
        if (surplus < 0)
            return std::nullopt;
        begin.push_back(part.start == WeightShape::Start::convolution && axis >= 2 ? surplus / 2 : 0);
    }
    return begin;
}

/// Appends the numbers of a part, row by row. @param whole those of the axes from `axis` on.
void append(std::string& bytes, std::string_view whole, const Shape& shape, const std::vector<std::int64_t>& extents,
            const std::vector<std::int64_t>& begin, std::size_t axis)
{
    if (axis == extents.size()) {
        bytes += whole;
        return;
    }
    const std::size_t each = extents[axis] == 0 ? 0 : whole.size() / static_cast<std::size_t>(extents[axis]);
    for (std::int64_t i = 0; i < shape[axis]; ++i)
        append(bytes, whole.substr(static_cast<std::size_t>(begin[axis] + i) * each, each), shape, extents, begin,
               axis + 1);
}

}  // namespace

std::optional<TensorFile> cut_weights(const Network& network, std::span<const StoredTensor> of_super_network)
{
    std::map<std::string_view, const StoredTensor*> by_name;
    for (const StoredTensor& tensor : of_super_network)
        by_name.emplace(tensor.name, &tensor);
    TensorFile cut;
    std::string bytes;
    std::vector<std::size_t> ends;
    for (const NamedWeights& weights : weight_shapes(network))
        for (const WeightShape& own : weights.tensors) {
            const std::string name = weights.name + "." + own.name;
            const auto found = by_name.find(name);
            if (found == by_name.end())
                return std::nullopt;
            const StoredTensor& whole = *found->second;
            const auto begin = beginning(own, whole.extents);
            if (!begin)
                return std::nullopt;
            append(bytes, whole.bytes, own.shape, whole.extents, *begin, 0);
            cut.tensors.push_back({name, whole.type, {own.shape.begin(), own.shape.end()}, {}});
            ends.push_back(bytes.size());
        }
    for (const Layer layer : network)
        if (layer.op() == Op::conv && layer.spec().attributes.contains("transform") &&
            by_name.at(layer.spec().weights + ".weight")->extents.back() >
                weight_shapes(layer).front().shape[weight_shapes(layer).front().shape.size() - 1])
            return std::nullopt;
    cut.bytes = std::make_shared<const std::string>(std::move(bytes));
    for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++])
        cut.tensors[i].bytes = std::string_view(*cut.bytes).substr(begin, ends[i] - begin);
    return cut;
}

}  // namespace espalier
