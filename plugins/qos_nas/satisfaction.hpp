// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "requests.hpp"

namespace espalier::qos_nas {

/// A model that answers every request alike.
struct FixedModel {
    double fps, accuracy_pct;
};

/// Percent of the requests that are satisfied: met, the model is at least as fast, and answered rightly. Each request
/// goes to the most accurate of the models that meet it; with one model its accuracy times the distribution's share of
/// requests up to its rate.
double satisfied_pct(std::span<const FixedModel>, const Distribution&, const RequestRange&);

/// What became of requests, one for each example.
struct Answers {
    double satisfied_pct = 0, met_pct = 0, accuracy_pct = 0, mean_fps = 0;
};

/// @param requested,fps frames per second. @param correct 0 or 1. All of one length, not 0.
Answers answers(std::span<const double> requested, std::span<const double> fps, std::span<const std::uint8_t> correct);

}  // namespace espalier::qos_nas
