// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "espalier/data.hpp"
#include "espalier/error.hpp"

namespace espalier {

/// What goes into an image network and comes out of it: square images of three colours, and classes.
struct ImageTask {
    std::int64_t side = 224;
    std::size_t classes = 1000;
};

/// The task of a space with the options `resolution` and `classes`.
/// @param preset where neither the options nor `data` say it.
/// @param resolution,classes 0: those of `data`. @param data null: the experiment has none.
/// @throws OptionError for what contradicts `data`, Error where `data` has no such images.
inline ImageTask image_task(ImageTask preset, int resolution, int classes, const Data* data)
{
    if (resolution > 0)
        preset.side = resolution;
    if (classes > 0)
        preset.classes = static_cast<std::size_t>(classes);
    if (data == nullptr)
        return preset;
    const Shape input = data->input();
    if (input.size() != 3 || input[0] != 3 || input[1] != input[2])
        throw Error("needs square images of 3 colours; `data` gives " + to_string(input));
    if (resolution > 0 && resolution != input[1])
        throw OptionError("resolution", std::to_string(resolution) + " contradicts `data`, whose examples are " +
                                            to_string(input) + "; leave it out");
    if (classes > 0 && preset.classes != data->classes())
        throw OptionError("classes", std::to_string(classes) + " contradicts `data`, which has " +
                                         std::to_string(data->classes()) + " classes; leave it out");
    return {.side = input[1], .classes = data->classes()};
}

}  // namespace espalier
