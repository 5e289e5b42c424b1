// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// One column of a CSV file as a metric: one row an architecture, in the text form of the space. Serves any space whose
/// table there is, as cost model and as evaluator. The file is read at the first evaluation, its header before.
///
/// A cell that is empty, no number, or below `minimum` is a failure that names file, line and column, as is an
/// architecture without a row. `fill: pairwise` predicts the empty ones (PairwiseRidge on the others) and says so with
/// `<as>_filled` = 1.
///
/// Architectures that are the same network were trained and measured apart, so their rows differ by chance. With
/// `of: network` the canonical one's row stands for all of them: a search can then neither profit from that chance nor
/// pay for a network twice.
class Table final : public CostModel {
public:
    struct Options {
        std::filesystem::path file;
        std::string column, as, arch_column = "arch", of = "architecture", fill = "none";
        double scale = 1, minimum = -std::numeric_limits<double>::infinity();
        static void describe(Describe<Options>&);
    };
    /// Reads the header only. @throws OptionErrors for a file that cannot be read, columns that it does not have, a
    /// `scale` of 0, and `fill` without a constraint that keeps filled cells from winning.
    Table(const Options&, const Setup&);
    ~Table() override;

    std::vector<std::string> metrics() const override;
    /// @throws Error if the file is damaged, names an architecture that the space does not have, or names one twice.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    /// The architecture, or the network's key with `of: network`.
    std::string key(const Candidate& c) const override;

private:
    class Rows;
    Evaluation evaluated(const Candidate&) const;
    Options options_;
    const SearchSpace& space_;
    std::shared_future<std::unique_ptr<const Rows>> rows_;  // read, or refused, once: by whoever asks first
};

}  // namespace espalier::cost_models
