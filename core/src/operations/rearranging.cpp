// SPDX-License-Identifier: Apache-2.0
// What takes numbers apart, averages or moves them.
#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

Shape averaged(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    const Shape& x = *inputs[0];
    if (x.size() == 3)
        return entry.keep ? Shape{x[0], 1, 1} : Shape{x[0]};
    if (x.size() == 2)
        return entry.keep ? Shape{1, x[1]} : Shape{x[1]};
    throw Error(fmt::format("needs an input of channels x height x width or tokens x width, gets {}", to_string(x)));
}

void read_slice(AttributeReader& read, LayerEntry& entry, Inputs)
{
    entry.axis = read.whole("axis", 0, 0);
    entry.begin = read.whole("begin", 0, 0);
    entry.end = read.whole("end", -1, 1);
    entry.step = read.whole("step", 1, 1);
}

Shape sliced(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    Shape x = *inputs[0];
    const auto axis = static_cast<std::size_t>(entry.axis);
    if (axis >= x.size())
        throw Error(fmt::format("there is no axis {} in {}", axis, to_string(x)));
    const std::int64_t end = entry.end < 0 ? x[axis] : entry.end;
    if (end > x[axis] || entry.begin >= end)
        throw Error(
            fmt::format("there is no slice from {} to {} along axis {} of {}", entry.begin, end, axis, to_string(x)));
    x[axis] = (end - entry.begin + entry.step - 1) / entry.step;
    return x;
}

Shape shuffled(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    const Shape& x = map_of(*inputs[0]);
    if (x[0] % entry.groups != 0)
        throw Error(fmt::format("{} groups do not divide the channels of {}", entry.groups, to_string(x)));
    return x;
}

Shape upsampled(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    const Shape& x = map_of(*inputs[0]);
    return {x[0], x[1] * entry.scale[0], x[2] * entry.scale[1]};
}

constexpr OperationTraits kRearrangingRows[]{
    {.op = Op::global_average,
     .name = "global_average",
     .read = [](AttributeReader& read, LayerEntry& entry, Inputs) { entry.keep = read.flag("keep", false); },
     .shape = averaged},
    {.op = Op::flatten,
     .name = "flatten",
     .shape = [](const LayerEntry&, Inputs inputs, std::int64_t) { return Shape{inputs[0]->elements()}; }},
    {.op = Op::slice, .name = "slice", .read = read_slice, .shape = sliced},
    {.op = Op::channel_shuffle,
     .name = "channel_shuffle",
     .read = [](AttributeReader& read, LayerEntry& entry, Inputs) { entry.groups = read.required("groups", 1); },
     .shape = shuffled},
    {.op = Op::upsample,
     .name = "upsample",
     .read =
         [](AttributeReader& read, LayerEntry& entry, Inputs) {
             entry.scale = read.pair("scale", {2, 2}, 1);
         },
     .shape = upsampled,
     .channelwise = true},
};

}  // namespace

constinit const std::span<const OperationTraits> kRearranging = kRearrangingRows;

}  // namespace espalier
