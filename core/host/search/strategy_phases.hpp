// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "host/calls/asked_component.hpp"

namespace espalier::host {

/// The phases that a strategy runs itself.
class StrategyPhases {
public:
    /// Lent.
    explicit StrategyPhases(RunServices& services) : services_{services} {}

    /// While a step is under way notes belong to it, and so do phases: what it sees. Null: no step is.
    Context* step() const { return step_; }
    /// @param row the evaluation that notes belong to. @throws Stopped, or Error as PhaseRunner does.
    void run(std::string_view name, Phase& work, std::size_t row);

private:
    class Watched;

    RunServices& services_;
    PhaseNames names_;
    Context* step_ = nullptr;
};

}  // namespace espalier::host
