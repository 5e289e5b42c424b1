// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/candidate.hpp"

#include "member.hpp"
#include "network_features.hpp"

namespace espalier::predicted {

/// What was learnt of a cost: regressors, weighed by cross-validation, and how far they were off.
class LearntCost {
public:
    /// How the networks that are described to regressors are told apart: by this architecture of a candidate.
    using Genome = std::function<const Architecture&(const Candidate&)>;
    struct Settings {
        std::string model = "auto", features = "auto";
        int folds = 10;
        std::uint64_t seed = 1;
    };
    /// Of examples as they were predicted without them.
    struct Quality {
        double mape, within_10_pct;  ///< %
        double spearman, kendall;    ///< NaN where all values are equal
    };

    LearntCost(const SearchSpace&, Settings, Genome);

    Quality learn(std::span<const Candidate>, std::span<const double> values);
    std::vector<double> predict(std::span<const Candidate>) const;
    /// A value minus its prediction, example by example, none of them predicted by what had learnt from it.
    const std::vector<double>& residuals() const { return residuals_; }

private:
    Networks described(std::span<const Candidate>) const;
    std::vector<std::vector<std::size_t>> folds(std::size_t examples) const;

    Settings settings_;
    Genome genome_;
    std::vector<Member> members_;
    std::vector<double> shares_;               // of the members in the prediction
    std::optional<NetworkFeatures> features_;  // none: no member looks at networks
    std::vector<double> residuals_;
};

}  // namespace espalier::predicted
