// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "espalier/network.hpp"

namespace espalier {

/// What a space says about the structure of its networks, for those who look inside: training-free indicators,
/// drawings.
enum class Mark : std::uint8_t {
    block,  ///< the end of a stage, a cell or a residual block; the first one marked: where the blocks begin, the stem.
            ///< Every path from the input to the output goes through each of them, in the order of marking
    cell,   ///< the end of a part whose layers are those since the one marked before it; the first one marked: where
            ///< the first part begins. For spaces whose parts are no blocks, as other ways lead past them
    branch,  ///< what an alternative of the space contributes: normally a `choice`
};

/// Marks a layer; the same layer may be marked more than once. Marks are no part of what is computed: prints, keys,
/// counts and prices are the same without them. `resolved` hands them on to the layer that stands for the marked one,
/// be it a later cell's input that a skip passes on, and drops those that nothing leads from to the output. `branch`
/// drops all. @throws Error if there is no such layer.
ESPALIER_API void mark(Network&, Mark, std::size_t layer);

struct Marked {
    Mark mark;
    std::size_t layer;
    bool operator==(const Marked&) const = default;
};

/// All marks in the order of marking; empty: the space does not say.
ESPALIER_API std::vector<Marked> marks(const Network&);
/// The layers with one of them, in that order.
ESPALIER_API std::vector<std::size_t> marked(const Network&, Mark);

}  // namespace espalier
