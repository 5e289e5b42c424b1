// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/moo/table.hpp"

#include "host/experiment/experiment.hpp"
#include "host/tell/results.hpp"

namespace espalier::host {

/// What a curve over a run is drawn against.
enum class Counted : std::uint8_t {
    evaluations,  ///< rows that spent budget: what a search pays for
    rows,         ///< every distinct architecture proposed
};

/// How many rows a run has, and what became of them.
struct RowCounts {
    std::size_t rows = 0, evaluations = 0;
    std::size_t infeasible = 0, failed = 0;
    std::size_t no_points = 0;  ///< ok, but without a known value of every objective, or outside a constraint
};

/// The part of a run that is compared with others: what it found, and when.
struct ComparedRun {
    std::string name;  ///< as the run was called
    std::uint64_t seed = 0;
    RunState state = RunState::finished;
    std::string started, version;  ///< empty: the run does not say
    RowCounts counts;
    /// Architectures that may win, everything minimised (a metric to be maximised is negated), in order.
    /// Of a run that trained several times: since the last training, as its winners are.
    moo::Points points;
    std::vector<std::uint32_t> at;               ///< how much had been counted when each of them was known; from 1
    std::size_t length = 0;                      ///< how much was counted in all
    std::vector<StoredWinner> verified_winners;  ///< those that `verify` said something of
};

/// @param experiment the run's, with the objectives that are compared. @throws Error for a damaged run.
ComparedRun read_compared_run(const NamedRun& run, const Experiment& experiment, Counted counted);

}  // namespace espalier::host
