// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include "espalier/network.hpp"
#include "espalier/window.hpp"

namespace espalier {

struct Operation;
struct OperationTraits;

/// A LayerSpec with its attributes read once, so that resolving and counting look nothing up by name. Every spec that
/// a Network points to is one. So many members because each is an attribute: a member an operation would share its room
/// with others', but cost a look at which it is wherever a million networks are resolved.
struct LayerEntry : LayerSpec {
    const OperationTraits* traits = nullptr;
    const Operation* operation = nullptr;  ///< of a custom layer, if a plug-in has registered it
    Window window;
    std::int64_t out = 0;         ///< channels or features of `conv` and `linear`; 0 for a depthwise `conv`
    std::int64_t groups = 1;      ///< of `conv` unless depthwise, and of `channel_shuffle`
    std::int64_t multiplier = 1;  ///< outputs per channel of a depthwise `conv`
    bool depthwise = false, bias = false, affine = false, keep = false, project = false;
    bool channelwise = false;                              ///< see espalier::channelwise
    std::int64_t axis = 0, begin = 0, end = -1, step = 1;  ///< end -1: to the end
    std::array<std::int64_t, 2> scale{2, 2};
    Shape shape;  ///< of `input`, `zeros`, `zero` (empty: its input's) and custom layers nobody registered
    std::size_t decision = 0;
    std::vector<std::uint16_t> options;  ///< of `choice` and `channel_mask`: which options the inputs or widths are
    std::vector<std::int64_t> widths;
    std::vector<std::int64_t> transform;  ///< of `conv`: the kernel sizes that share its weights by learned transforms
};

inline const LayerEntry& entry_of(const LayerSpec& spec)
{
    return static_cast<const LayerEntry&>(spec);
}

/// "layer 4 (conv)": how every message about a layer begins.
std::string place(std::size_t index, std::string_view op);

/// The shapes of a layer's inputs. Null ones are nothing: only layers that ignore nothing receive them.
using Inputs = std::span<const Shape* const>;

/// Checks and reads the attributes of a layer with these inputs; those that equal their defaults are dropped, so that
/// equal layers print alike.
/// @throws Error naming layer `index`.
/// @param custom the name of a custom operation.
LayerEntry read_layer(Op, Attributes, std::string weights, Inputs, std::size_t index, std::string custom = {});

/// Axis of channels: the first of {channels, height, width}, the last of {tokens, width} and {features}.
inline std::size_t width_axis(const Shape& shape)
{
    return shape.size() > 2 || shape.size() == 0 ? 0 : shape.size() - 1;
}

/// The output's shape.
/// @param narrowed width of a `conv` or `linear` that a mask made narrower, 0: as its attribute says.
/// @throws Error naming layer `index`.
Shape inferred_shape(const LayerEntry&, Inputs, std::size_t index, std::int64_t narrowed = 0);

}  // namespace espalier
