// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/network.hpp"
#include "espalier/phase.hpp"

namespace espalier {

class SearchSpace;

/// What a run is for: an architecture, or a model that has no single one (then only files and metrics).
struct Winner {
    std::string name;
    std::optional<Architecture> architecture;
    Metrics metrics;
    std::function<void(const std::string& folder)> save;  ///< writes trained weights; called before `winner` returns
};

/// Who learns in `Search::train`.
enum class Learners : std::uint8_t { evaluator, all };

/// All that a strategy may do. Called from the strategy's own thread only.
class ESPALIER_API Search {
public:
    virtual const SearchSpace& space() const = 0;
    virtual Rng rng(std::string_view purpose) const = 0;  ///< one deterministic stream per purpose, the same each call
    virtual std::span<const Objective> objectives() const = 0;
    /// Evaluations left; 0 also after 1,000 proposals in a row without a new architecture.
    virtual std::size_t remaining() const = 0;
    virtual double reward(const Evaluation&) const = 0;  ///< -infinity unless ok

    /// In input order: submits all, collects all. Nothing else may be in flight.
    std::vector<Evaluation> evaluate(std::span<const Architecture>);
    /// Prices and evaluates one architecture, at most once per key. Past the budget: Status::out_of_budget.
    virtual void submit(Architecture) = 0;
    /// The oldest submitted one, whatever finished first, so the outcome depends on how many the strategy keeps in
    /// flight and never on the number or speed of workers. @throws Error if nothing is in flight.
    virtual Evaluation collect() = 0;
    virtual std::vector<Evaluation> known() const = 0;  ///< of the run this one starts from (`start:`), else empty

    virtual std::vector<Evaluation> cost(std::span<const Architecture>) = 0;  ///< cost models only: no budget spent
    virtual Metrics cost(const Network& fragment) = 0;                        ///< of one operator
    virtual bool feasible(const Architecture&) = 0;                           ///< under the constraints on costs

    /// Runs `work` to its end, or loads it if this run has done so before.
    virtual void phase(std::string_view name, Phase& work) = 0;
    /// Trains the evaluator, as a phase, if it learns; its earlier results are forgotten: they were other weights. Null
    /// `paths`: uniform in `region`. Never called: done before the first result, on the whole space. Cost models that
    /// learn do so once, on the whole space, before they are first asked or this is called; with `Learners::all` they
    /// learn here, as the evaluator does.
    virtual void train(std::string_view name, const Region& region, Sampler paths = nullptr,
                       Learners = Learners::evaluator) = 0;
    virtual void note(std::string_view series, double value) = 0;
    virtual void winner(Winner) = 0;  ///< none at the end: the best feasible evaluations by objective

protected:
    ~Search() = default;
};

}  // namespace espalier
