// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include "espalier/attribute_reader.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier {

/// No limit to the number of inputs.
inline constexpr std::size_t kAnyNumber = ~std::size_t{0};

/// An operation that a plug-in brings, for `Network::add_custom`: all but how it is computed, which
/// espalier/torch/network/operation.hpp registers. The functions throw Error, a sentence without the layer's place, and
/// are called from several threads.
struct Operation {
    std::string name;
    std::size_t least_inputs = 1, most_inputs = 1;  ///< or kAnyNumber
    /// Asks for every attribute; null: there are none.
    void (*read)(AttributeReader&) = nullptr;
    /// The output's shape; null: that of the first input. `spec` has the attributes as they were kept.
    Shape (*shape)(const LayerSpec& spec, std::span<const Shape> inputs) = nullptr;
    double (*macs)(const Layer&) = nullptr;  ///< multiply-adds of one example; null: 0
    /// The tensors that it learns, which are also its parameters; null: there are none, and no name for them.
    std::vector<WeightShape> (*weights)(const Layer&) = nullptr;
    bool channelwise = false;  ///< see channelwise(Layer)
    bool operator==(const Operation&) const = default;
};

/// From now on layers of this name are checked, inferred and counted by `operation`. Called by a plug-in's register
/// function; the same operation may be registered again. Stays until the process ends. Thread-safe.
/// @throws Error if core or another plug-in has an operation of this name.
ESPALIER_API void register_operation(const Operation&);

}  // namespace espalier
