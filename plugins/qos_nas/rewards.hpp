// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/option.hpp"
#include "espalier/reward.hpp"
#include "espalier/setup.hpp"

namespace espalier::qos_nas {

/// R_acc x R_QoS of QoS-NAS, both in [0, 1]: R_QoS is 1 where `fps` is at least `requested_fps`, else 0; R_acc is the
/// metric `correct`, 0 or 1, or `prob`, the probability of the right class. The strategy gives all of them for each
/// example.
class QosProduct final : public Reward {
public:
    struct Options {
        std::string accuracy = "correct";
        static void describe(Describe<Options>&);
    };
    QosProduct(const Options& options, const Setup&) : options_{options} {}
    double operator()(const Metrics&) const override;

private:
    Options options_;
};

/// InstaNAS' reward (Cheng et al., AAAI 2020): a right answer, `correct` 1, is worth `right`
/// q(`latency_ms`)^`exponent`, a wrong one `wrong`. q is a parabola, 0 at `lower_ms` and `upper_ms` and beyond, 1
/// halfway; the strategy gives both bounds, as the upper one falls during the search.
class InstanasParabola final : public Reward {
public:
    struct Options {
        double right = 30, wrong = 0, exponent = 1;
        static void describe(Describe<Options>&);
    };
    InstanasParabola(const Options& options, const Setup&) : options_{options} {}
    /// @throws Error also unless the upper bound is above the lower one.
    double operator()(const Metrics&) const override;

private:
    Options options_;
};

}  // namespace espalier::qos_nas
