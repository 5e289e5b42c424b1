// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "espalier/candidate.hpp"
#include "espalier/cost_model.hpp"
#include "espalier/evaluation.hpp"

namespace espalier::cost_models {

/// What `price` says of each candidate; one that it throws an Error for fails with that reason.
std::vector<Evaluation> priced(std::span<const Candidate> batch, const std::function<Metrics(const Candidate&)>& price);

/// What a nested cost model says; an answer without one of `metrics` has failed. @throws Error unless each candidate
/// has an answer.
std::vector<Evaluation> answers(CostModel&, std::span<const std::string> metrics, std::span<const Candidate>, Context&);

}  // namespace espalier::cost_models
