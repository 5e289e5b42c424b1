// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "espalier/regression/features.hpp"
#include "espalier/regression/regressor.hpp"

namespace espalier::regression {

/// A regressor on genomes. Predicts without making rows of features: what is linear is a sum of table entries, one a
/// gene, and the squared distance of two rows of 0 and 1 is a whole number, so its exponential is a table entry too.
class GenomePredictor {
public:
    /// @throws Error as `make_regressor`.
    GenomePredictor(Features features, std::string_view regressor, const RegressorSettings& settings = {});
    ~GenomePredictor();
    GenomePredictor(GenomePredictor&&) noexcept;
    GenomePredictor& operator=(GenomePredictor&&) noexcept;

    /// One target a genome. @throws Error as `Regressor::fit`, or if a gene is not below its number of options.
    void fit(Genomes genomes, std::span<const double> targets);
    /// One value a genome, the same that `Regressor::predict` gives but for rounding. Genes are not checked.
    /// @throws Error if nothing was fitted yet or the sizes differ.
    void predict(Genomes genomes, std::span<double> out) const;
    double predict(std::span<const Gene> genome) const;

    const Features& features() const { return features_; }
    const FitReport& report() const { return regressor_->report(); }

private:
    class Kernel;

    double linear(std::span<const Features::Code> codes) const;

    Features features_;
    std::unique_ptr<Regressor> regressor_;
    std::unique_ptr<Kernel> kernel_;  // none: the model has no support vectors
};

}  // namespace espalier::regression
