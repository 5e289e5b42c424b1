// SPDX-License-Identifier: Apache-2.0
#include "image_task.hpp"

#include <string>

#include "espalier/error.hpp"

namespace espalier::once_for_all {

ImageTask image_task(int resolution, int classes, const Data* data)
{
    ImageTask task;
    if (resolution > 0)
        task.side = resolution;
    if (classes > 0)
        task.classes = static_cast<std::size_t>(classes);
    if (data == nullptr)
        return task;
    const Shape input = data->input();
    if (input.size() != 3 || input[0] != 3 || input[1] != input[2])
        throw Error("needs square images of 3 colours; `data` gives " + to_string(input));
    if (resolution > 0 && resolution != input[1])
        throw OptionError("resolution", std::to_string(resolution) + " contradicts `data`, whose examples are " +
                                            to_string(input) + "; leave it out");
    if (classes > 0 && task.classes != data->classes())
        throw OptionError("classes", std::to_string(classes) + " contradicts `data`, which has " +
                                         std::to_string(data->classes()) + " classes; leave it out");
    task.side = input[1];
    task.classes = data->classes();
    return task;
}

}  // namespace espalier::once_for_all
