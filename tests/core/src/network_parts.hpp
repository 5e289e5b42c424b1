// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/architecture.hpp"
#include "espalier/network.hpp"

namespace espalier::testing {

inline Region only(std::vector<std::uint16_t> choices)
{
    return Region{Architecture{std::move(choices)}};
}

/// `decisions` decisions of `options` options each, all open.
inline Region open(std::size_t decisions, std::size_t options)
{
    std::vector<Decision> all(decisions);
    for (Decision& decision : all)
        decision.options.resize(options);
    return Region{all};
}

inline std::size_t input(Network& n, Shape shape = {8, 4, 4})
{
    return n.add(Op::input, {}, {{"shape", {shape.begin(), shape.end()}}});
}

inline std::size_t choice(Network& n, int decision, std::vector<std::size_t> options)
{
    return n.add(Op::choice, std::move(options), {{"decision", {1.0 * decision}}});
}

inline std::size_t conv(Network& n, std::size_t x, int out, const std::string& w = {})
{
    return n.add(Op::conv, {x}, {{"out", {1.0 * out}}}, w);
}

inline std::size_t mask(Network& n, std::size_t x, int decision, std::vector<double> widths)
{
    return n.add(Op::channel_mask, {x}, {{"decision", {1.0 * decision}}, {"widths", std::move(widths)}});
}

}  // namespace espalier::testing
