// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/decision_costs.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// An architecture's cost as a sum over its decisions: what all have in common, and for each decision what its option
/// costs more than another one. Serves any space. Of architectures that are the same network the canonical one is
/// priced. The file is read at the first evaluation, its header before.
class Additive final : public CostModel, public DecisionCosts {
public:
    struct Options {
        std::filesystem::path file = {};
        std::string column = {}, as = {}, decision_column = "decision", option_column = "option";
        double scale = 1;
        static void describe(Describe<Options>&);
    };
    /// Reads the header only. @throws OptionErrors for a file that cannot be read, columns that it does not have, and a
    /// wrong `scale`.
    Additive(const Options&, const Setup&);
    ~Additive() override;

    std::vector<std::string> metrics() const override { return {options_.as}; }
    /// @throws Error if the file is damaged, names what the space does not have, or lacks an option of the space.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    DecisionTerms terms(const Architecture& canonical) const override;

private:
    struct Rows;
    Options options_;
    const SearchSpace& space_;
    std::shared_future<std::unique_ptr<const Rows>> rows_;  // read, or refused, once: by whoever asks first
};

}  // namespace espalier::cost_models
