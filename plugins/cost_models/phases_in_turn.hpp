// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "espalier/phase.hpp"

namespace espalier::cost_models {

/// Several phases as one, each after the last step of the one before it.
class PhasesInTurn final : public Phase {
public:
    explicit PhasesInTurn(std::vector<std::unique_ptr<Phase>> phases);
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override;
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    std::vector<std::unique_ptr<Phase>> phases_;
    std::size_t current_ = 0, steps_of_current_ = 0;
};

}  // namespace espalier::cost_models
