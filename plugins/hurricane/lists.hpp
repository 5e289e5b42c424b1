// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::hurricane {

/// The operators of each layer, by their index in kOperators. The first is that of the initial winner.
using Lists = std::vector<std::vector<std::size_t>>;

/// `manual`: SPOS' four; `large`: all; `paper_dsp`, `paper_cpu`, `paper_vpu`: table 1 of the paper, each stage in the
/// table's order. @throws nothing: there is no other name.
Lists named_lists(std::string_view name);

/// @param texts names of operators, separated by commas or blanks: a text for each stage, or for each layer.
/// @throws Error with the place in `texts`: an unknown operator, one twice, none, or another number of texts.
Lists read_lists(std::span<const std::string> texts);

}  // namespace espalier::hurricane
