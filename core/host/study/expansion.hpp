// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/search_space.hpp"

namespace espalier::host {

/// Evaluations of every architecture of the space whose key is known, with the metrics of that key: what a run that
/// looked at one architecture a key says of all. In the order of the choices, the last one fastest.
/// @throws Error if the space has more than 2,000,000 architectures.
std::vector<Evaluation> every_architecture(const SearchSpace&, const std::map<std::string, Metrics>& of_keys);

/// One evaluation a key: the metrics of its first one, and the mean of `metric` over all of its architectures that have
/// it. Keys in the order of their first architecture.
std::vector<Evaluation> mean_by_key(const SearchSpace&, std::vector<Evaluation>, const std::string& metric);

}  // namespace espalier::host
