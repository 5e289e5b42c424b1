// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/architecture.hpp"

namespace espalier::once_for_all {

/// Decisions of one kind that follow each other, "ks" for the kernel sizes of all blocks.
struct GeneGroup {
    std::string name;
    std::size_t count = 0;
};

/// "ks 5 7 5 5 e 4 3 4 4 d 2": each group's name, then the labels of its decisions, separated by blanks. Decisions that
/// do not matter are written too, so that text and architecture are one to one.
std::string text(const Architecture&, std::span<const Decision>, std::span<const GeneGroup>);
/// Any number of blanks may separate. Also the dictionaries of the once-for-all code and of DyNAS-T, in Python's or
/// JSON's notation: "{'wid': None, 'ks': [5, 7, ...], 'e': [...], 'd': [2, ...], 'r': [224]}" (`dynas_t::Notation`).
/// @param resolution of the space's images in pixels: what 'r' has to be, where it is given.
/// @throws Error with the position (from 1) and what is allowed there.
Architecture parse(std::string_view text, std::span<const Decision>, std::span<const GeneGroup>,
                   std::int64_t resolution);

}  // namespace espalier::once_for_all
