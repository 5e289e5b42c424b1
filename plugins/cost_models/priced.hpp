// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "espalier/candidate.hpp"
#include "espalier/evaluation.hpp"

namespace espalier::cost_models {

/// What `price` says of each candidate; one that it throws an Error for fails with that reason.
std::vector<Evaluation> priced(std::span<const Candidate> batch, const std::function<Metrics(const Candidate&)>& price);

}  // namespace espalier::cost_models
