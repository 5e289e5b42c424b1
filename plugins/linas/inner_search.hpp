// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/moo/optimiser.hpp"

#include "predictors.hpp"

namespace espalier::linas {

/// What a search of the predictions found.
struct Found {
    moo::Population population;    ///< the last one
    moo::Population all;           ///< every network that was looked at, once; its objectives are predictions
    std::vector<bool> affordable;  ///< of `all`: the constraints on exact costs hold
};

/// "Restart A from a fresh random population of size P; run floor(G / P) generations" (Algorithm 1), the fitness being
/// the vector of predictions.
class InnerSearch {
public:
    /// All are lent.
    InnerSearch(Search& search, const moo::SearchGenomes& genomes, const Predictors& predictors,
                const std::string& optimiser, const PredictionRules& rules);

    /// @param start told before the first generation; may be empty.
    Found run(std::uint64_t seed, const moo::Genomes& start) const;

private:
    Search& search_;
    const moo::SearchGenomes& genomes_;
    const Predictors& predictors_;
    const std::string& optimiser_;
    const PredictionRules& rules_;
};

}  // namespace espalier::linas
