// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "espalier/sdk/memory_search.hpp"
#include "espalier/setup.hpp"

/// Whether a component keeps what its interface promises. Needs no test framework: every check returns the sentences
/// that the component violates, each once, with an example; none: it conforms.
namespace espalier::conformance {

using Violations = std::vector<std::string>;

/// Uniformly random candidates of a space, for `check_evaluator`.
std::vector<Candidate> random_candidates(const SearchSpace&, std::size_t count, std::uint64_t seed = 1);

/// Text and parsing invert each other and refuse what is no architecture; keys and canonical representatives agree with
/// each other; inactive decisions change no key; networks of single architectures build, are plain, and cost the same
/// whether built or resolved from the super-network (where there is one). Architectures with equal keys have as many
/// multiply-adds and parameters, each in its own network: tried on all of up to 20,000 that a super-network resolves
/// to, else on the random ones, their canonical ones and those of the same key that are one decision away.
/// @param architectures how many random ones are tried; their networks are built for at most 20 of them.
Violations check_space(const SearchSpace&, std::size_t architectures = 200, std::uint64_t seed = 1);

/// The result depends on the candidate only, not on its batch, the order or the thread (unless the component measures);
/// candidates with equal keys have equal results; declared metrics are there and finite; what cannot be evaluated is a
/// value with a reason; after a stop every candidate still has a result. A component that trains is trained first, on
/// the whole space.
/// @param batch at least two candidates.
Violations check_evaluator(Evaluator&, std::span<const Candidate> batch);
/// The same, and what `layers` gives adds up to the metric, with finite derivatives.
Violations check_cost_model(CostModel&, std::span<const Candidate> batch);

/// n steps give the same bytes as k steps, saving, loading into a fresh object and n - k steps; saving changes nothing;
/// missing and emptied files are refused with an Error.
/// @param make a fresh phase, equal each time. What it belongs to must be fresh too and outlive it.
/// @param scratch a folder that exists; what is written into it is removed.
/// @param steps at most as many are made.
Violations check_phase(const std::function<std::unique_ptr<Phase>()>& make, const std::filesystem::path& scratch,
                       std::size_t steps = 6);

/// A pure function: equal metrics give equal numbers, in any order of calls; metrics it does not use change nothing; a
/// missing one is an Error.
/// @param examples metrics it can work with.
/// @param needed the metrics that it uses.
Violations check_reward(const Reward&, std::span<const Metrics> examples, std::span<const std::string> needed);

/// What a strategy is tried on. By default a space of 4,096 architectures with a metric `score` and a cost `cost`.
struct StrategyTrial {
    const SearchSpace* space = nullptr;
    std::size_t budget = 60;
    std::vector<Objective> objectives{{"score", true, false}};
    /// Whether the evaluator learns and scores by what it has learnt: for strategies that train super-networks.
    bool trains = false;
    std::filesystem::path scratch;  ///< a folder that exists; what is written into it is removed. Empty: no resuming
};
/// Ends, also in a space smaller than its budget; stays within the space and the budget; survives failed and infeasible
/// evaluations; the same seed gives the same visits and another seed others; no random stream is asked for twice,
/// because both would hold the same numbers. With `scratch`: where a phase of its own or a training is interrupted
/// after a step, a fresh strategy that loads it ends with the same phases, visits and winners. A strategy that loops
/// without asking the search anything is not found out.
/// @param make a fresh strategy; one that refuses a setup with an Error is not tried on it.
Violations check_strategy(const std::function<std::unique_ptr<Strategy>(const Setup&)>& make,
                          const StrategyTrial& trial = {});

}  // namespace espalier::conformance
