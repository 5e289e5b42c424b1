// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/network.hpp"
#include "espalier/window.hpp"

namespace espalier::testing {

/// What a network computes, one line a layer: its shapes, its window, its groups, its activation and its weights. Says
/// nothing of how wide the layers are of which it is a part, unlike to_string().
inline std::string computed(const Network& network)
{
    std::string text;
    for (const Layer layer : network) {
        text += layer.spec().name + "(";
        for (const std::uint32_t input : layer.inputs())
            text += std::to_string(input) + " ";
        text += ") " + to_string(layer.shape()) + " [" + layer.spec().weights + "]";
        if (layer.op() == Op::conv || layer.op() == Op::max_pool || layer.op() == Op::avg_pool) {
            const Window w = window(layer);
            for (const auto& pair : {w.kernel, w.stride, w.pad})
                text += " " + std::to_string(pair[0]) + "x" + std::to_string(pair[1]);
            text += " groups " + std::to_string(groups(layer));
        }
        text += layer.spec().number("bias", 0) != 0 ? " bias\n" : "\n";
    }
    return text;
}

}  // namespace espalier::testing
