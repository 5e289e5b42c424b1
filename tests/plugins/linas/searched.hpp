// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>

#include "linas.hpp"
#include "toy.hpp"

inline espalier::linas::Linas::Options small(const std::string& predictor = "ridge")
{
    espalier::linas::Linas::Options options;
    options.population = 20;
    options.inner_evaluations = 1000;
    options.predictor = predictor;
    return options;
}

inline WatchedSearch searched(const espalier::linas::Linas::Options& options,
                              const espalier::conformance::MemoryProblem& problem,
                              std::vector<espalier::Constraint> constraints = {}, bool measured_cost = false)
{
    const SumCost cost(measured_cost);
    WatchedSearch search(problem);
    espalier::linas::Linas(options, toy_setup(problem, cost, std::move(constraints))).search(search);
    return search;
}
