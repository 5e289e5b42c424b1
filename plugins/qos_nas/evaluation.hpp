// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "espalier/phase.hpp"
#include "espalier/torch/data/examples.hpp"

#include "model.hpp"
#include "satisfaction.hpp"

namespace espalier::qos_nas {

/// What the model does with one request, over all examples.
struct CurvePoint {
    double share, requested_fps;  ///< where in the range, from 0; per second
    Answers answers;
    std::size_t policies;  ///< different ones
};

/// How well the model does.
struct Results {
    std::vector<CurvePoint> curve;  ///< from the slowest request to the fastest, evenly
    std::vector<Answers> sampled;   ///< by distribution: a request drawn for each example
    std::vector<double> closed;     ///< the same of `satisfied_pct`, by the curve instead
    std::size_t policies = 0;       ///< different ones on the whole curve

    /// Whether the controller hardly reacts to requests, however satisfied they are: how many times as fast it answers
    /// the fastest request as the slowest one is below two. Shallow policies at every request do that.
    double acceleration() const { return curve.back().answers.mean_fps / curve.front().answers.mean_fps; }
    bool collapsed() const { return acceleration() < 2; }
};

/// @param examples scored. @param points of the curve. @param draws of each distribution, averaged.
Results evaluated(Model&, const torch_sdk::TensorData&, const torch_sdk::Examples&, int points, int draws, Rng);

/// Tables as CSV.
std::string curve_csv(const Results&);
std::string distributions_csv(const Results&, std::span<const std::pair<std::string, FixedModel>> fixed,
                              const RequestRange&);

}  // namespace espalier::qos_nas
