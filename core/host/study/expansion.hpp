// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/search_space.hpp"

namespace espalier::host {

/// Evaluations of every architecture of the space whose key is among those of `known`: its own metrics where it is
/// itself among them, else those of the first of its key, which a run that looked at one architecture a key says of
/// all. In the order of the choices, the last one fastest.
/// @throws Error if the space has more than 2,000,000 architectures.
std::vector<Evaluation> every_architecture(const SearchSpace&, std::span<const Evaluation> known);

/// One evaluation a key: of each metric the mean over those of its architectures that have it. Keys in the order of
/// their first architecture, which stands for them.
std::vector<Evaluation> mean_by_key(const SearchSpace&, std::vector<Evaluation>);

}  // namespace espalier::host
