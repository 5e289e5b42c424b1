// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "espalier/operation.hpp"

#include "../layer_entry.hpp"

namespace espalier {

/// Takes the tensors of a layer one by one: cheaper than a list for those who only count.
using EachWeight = std::function<void(std::string_view name, const Shape&, WeightShape::Start)>;

/// Everything about one operation but how it is computed, which sdk/torch knows. Errors thrown by its functions are
/// sentences without the layer's place.
struct OperationTraits {
    Op op;
    std::string_view name;
    std::size_t least_inputs = 1, most_inputs = 1;  ///< kAnyNumber: no limit
    /// Reads and checks every attribute; null: there are none.
    void (*read)(AttributeReader&, LayerEntry&, Inputs) = nullptr;
    /// The output's shape, for as many inputs as allowed; null: its input's. `out` is the width of a `conv` or `linear`
    /// as it stands.
    Shape (*shape)(const LayerEntry&, Inputs, std::int64_t out) = nullptr;
    double (*macs)(const Layer&) = nullptr;                      ///< null: 0
    void (*weights)(const Layer&, const EachWeight&) = nullptr;  ///< null: it takes no weight name
    bool activation = false, channelwise = false;
    bool ignores_nothing = false;  ///< inputs that are nothing may be of any shape
    bool computes = true;          ///< counts as a layer whose output is there when the network runs
};

const OperationTraits& traits(Op);
/// Of a plug-in; null: none has registered it.
const Operation* find_operation(std::string_view name);
/// Whether it is a custom layer of which only the layer itself says anything.
inline bool unregistered(const Layer& layer)
{
    return layer.op() == Op::custom && entry_of(layer.spec()).operation == nullptr;
}
/// @throws Error.
void check_count(std::size_t inputs, std::size_t least, std::size_t most);

// The operations by family, each in the file of its name.
extern const std::span<const OperationTraits> kActivations, kJoining, kLinearLayers, kNormalisations, kRearranging,
    kSpecial, kWindowed;

/// {channels, height, width}. @throws Error for another shape.
const Shape& map_of(const Shape&);
/// One shape for all; those of nothing do not count, and with `project` the widths may differ.
Shape common_shape(const LayerEntry&, Inputs, std::int64_t out);

}  // namespace espalier
