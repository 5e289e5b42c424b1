// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/moo/genome_space.hpp"
#include "espalier/moo/population.hpp"
#include "espalier/moo/variation.hpp"

namespace espalier::moo {

class State;

/// A search that is asked for genomes and told what they are worth, by whoever evaluates them.
///
/// Same space, settings and calls: same genomes. What is drawn in a call depends on the seed and the number of the
/// call, so a saved and reloaded optimiser goes on as if nothing had happened.
class Optimiser {
public:
    virtual ~Optimiser();
    Optimiser(const Optimiser&) = delete;
    Optimiser& operator=(const Optimiser&) = delete;

    /// At most `count` genomes to be evaluated next, no two with the same key. Fewer at the end of the initial
    /// population and where hardly any new genome can be made; none: the space is used up.
    Genomes ask(std::size_t count);
    /// What the evaluation of genomes gave, asked for or not, in any order and number. Each call is one generation:
    /// tell all of a batch together.
    /// @param objectives `[genomes][objectives]`
    /// @param violations 0: feasible; infinity: the evaluation failed, its objectives are not read. Empty: all
    /// feasible.
    /// @throws Error if sizes differ, a gene has no such option, or a number is not a number.
    void tell(const Genomes& genomes, const Points& objectives, std::span<const double> violations = {});

    /// What the method would go on with, in no particular order; see `best_first`.
    virtual const Population& population() const = 0;
    /// How many genomes the method would be asked for at once.
    virtual std::size_t batch() const = 0;
    const std::string& name() const { return name_; }
    /// One sentence about settings that work badly together; empty: none.
    virtual std::string warning() const { return {}; }

    /// Everything that is not in space and settings, as bytes for the same machine.
    std::string save();
    /// @throws Error unless `bytes` was saved by an optimiser of the same name, space and population.
    void load(std::string_view bytes);

protected:
    Optimiser(std::string name, GenomeSpace space, std::uint64_t seed, std::size_t population);

    /// Appends at most `count` genomes to `asked`, which is empty.
    virtual void propose(std::size_t count, Rng& rng, Genomes& asked) = 0;
    /// Learns from results that are complete; failed ones are left out.
    /// @param failed how many were
    virtual void learn(const Population& told, std::size_t failed, Rng& rng) = 0;
    virtual void exchange(State& state) = 0;

    const GenomeSpace& space() const { return space_; }

private:
    std::string name_;
    GenomeSpace space_;
    std::uint64_t seed_, population_, asks_ = 0, tells_ = 0;
    Population told_;
};

/// What `Optimiser::ask` throws where a constraint that is known beforehand cannot be met.
class NothingFeasible : public Error {
public:
    using Error::Error;
};

/// The options of all methods; which reads what is said in docs/multi_objective.md.
struct Settings {
    std::size_t population = 50;
    std::uint64_t seed = 1;
    Variation variation = {};
    bool latin_hypercube = false;  ///< the initial population holds every option of a gene equally often
    bool never_again = false;  ///< no genome whose key was ever asked for or told, instead of none in the population
    Points directions = Points{};   ///< reference directions; none: Riesz s-energy, `population` of them
    bool scale_objectives = true;   ///< moead, c_taea: by ideal and nadir of what was seen; false: as the references do
    std::size_t neighbours = 20;    ///< moead
    double neighbour_mating = 0.9;  ///< moead: probability that parents are neighbours
    std::size_t replacements = 2;   ///< moead: how many neighbours a child may replace; 0: all
    std::size_t sample = 25;        ///< regularised_evolution: contestants of a tournament
    double parents = 0.25;          ///< constrained_ga: share of the population that breeds
    double mutants = 0.5;           ///< constrained_ga: share of the children that are mutants
    std::size_t startup = 10;       ///< motpe: random genomes first
    std::size_t candidates = 24;    ///< motpe: drawn per genome asked for
    double prior_weight = 1;        ///< motpe: of each option
};

/// "age_moea", "constrained_ga", ... in alphabetical order.
const std::vector<std::string>& optimiser_names();

/// @throws Error for an unknown name, naming all; for settings or a number of objectives that the method cannot have.
std::unique_ptr<Optimiser> make_optimiser(std::string_view name, GenomeSpace space, const Settings& settings = {});
/// What making it would throw, without the cost of a large population and its reference directions.
/// @throws Error as make_optimiser
void check_settings(std::string_view name, std::size_t objectives, Settings settings);

}  // namespace espalier::moo
