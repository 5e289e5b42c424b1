// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/strategy.hpp"

#include "batches.hpp"

namespace espalier::linas {

/// LINAS: Cummings, Sarah, Sridhar, Szankin, Munoz, Sundaresan, "A Hardware-Aware Framework for Accelerating Neural
/// Architecture Search Across Modalities", 2022 (arXiv 2205.10358), section 3.5. Validates a small batch, fits a
/// predictor per objective on all that was validated, searches the predictors at length, and validates what that ends
/// with. docs/methods/linas.md has the equations, and what differs from the reference implementation.
class Linas final : public Strategy {
public:
    struct Options : PredictionOptions {
        std::string duplicates = "preset", inner_seed = "preset", rounds = "preset";
        bool warm_start = false;
        int stop_rounds = 0;
        double stop_gain = 0.001;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError, or Error without objectives.
    Linas(const Options&, const Setup&);
    /// Ends also after ten rounds in a row without a new network, which it notes. Notes that there are 0 predictions
    /// where the budget has room for the first round only, which is random.
    void search(Search&) override;

private:
    class Gain;
    std::size_t most_rounds(std::size_t budget) const;
    std::uint64_t inner_seed(std::uint64_t seed, std::size_t round) const;
    moo::Genomes start(const moo::SearchGenomes&, std::span<const Evaluation> validated) const;

    Options options_;
    PredictionRules rules_;
    Targets targets_;
    bool drop_duplicates_, same_seed_, rounded_;
};

}  // namespace espalier::linas
