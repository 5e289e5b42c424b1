// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>

#include "espalier/moo/optimiser.hpp"
#include "espalier/option.hpp"

// The methods, in alphabetical order: of each the settings, its options in an experiment (`describe`), and how it is
// made. Sources and deviations stand at the top of its file in sdk/moo/src. `random` and `regularised_evolution` have
// no options, because plugins/evolution has strategies of its own of these.
namespace espalier::moo {

/// How many objectives a method can have.
enum class Objectives : std::uint8_t { any, one, several };

/// AGE-MOEA.
struct AgeMoeaSettings : Settings {
    static constexpr const char* kName = "age_moea";
    static constexpr Objectives kObjectives = Objectives::several;
    static void describe(Describe<AgeMoeaSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const AgeMoeaSettings& settings);

/// C-TAEA.
struct CTaeaSettings : Settings {
    static constexpr const char* kName = "c_taea";
    static constexpr Objectives kObjectives = Objectives::several;
    Points directions = Points{};  ///< reference directions; none: Riesz s-energy, `population` of them
    bool scale_objectives = true;  ///< by ideal and nadir of what was seen; false: as the reference does
    static void describe(Describe<CTaeaSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const CTaeaSettings& settings);

/// Once-for-all's genetic algorithm under a constraint. Of `variation` it reads `mutation`, not set: 0.1.
struct ConstrainedGaSettings : Settings {
    static constexpr const char* kName = "constrained_ga";
    static constexpr Objectives kObjectives = Objectives::one;
    ConstrainedGaSettings() { population = 100; }
    double parents = 0.25;  ///< share of the population that breeds
    double mutants = 0.5;   ///< share of the children that are mutants
    static void describe(Describe<ConstrainedGaSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const ConstrainedGaSettings& settings);

/// A genetic algorithm.
struct GaSettings : Settings {
    static constexpr const char* kName = "ga";
    static constexpr Objectives kObjectives = Objectives::one;
    static void describe(Describe<GaSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const GaSettings& settings);

/// Pareto local search.
struct LocalSearchSettings : Settings {
    static constexpr const char* kName = "local_search";
    static constexpr Objectives kObjectives = Objectives::any;
    static void describe(Describe<LocalSearchSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const LocalSearchSettings& settings);

/// MOEA/D.
struct MoeadSettings : Settings {
    static constexpr const char* kName = "moead";
    static constexpr Objectives kObjectives = Objectives::several;
    Points directions = Points{};   ///< reference directions; none: Riesz s-energy, `population` of them
    bool scale_objectives = true;   ///< by ideal and nadir of what was seen; false: as the reference does
    std::size_t neighbours = 20;    ///< directions that are neighbours of one
    double neighbour_mating = 0.9;  ///< probability that parents are neighbours
    std::size_t replacements = 2;   ///< how many neighbours a child may replace; 0: all
    static void describe(Describe<MoeadSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const MoeadSettings& settings);

/// MOTPE.
struct MotpeSettings : Settings {
    static constexpr const char* kName = "motpe";
    static constexpr Objectives kObjectives = Objectives::any;
    MotpeSettings() { batch = 1; }
    std::size_t startup = 10;     ///< random genomes first
    std::size_t candidates = 24;  ///< drawn for each gene of a genome asked for
    double prior_weight = 1;      ///< of each option
    static void describe(Describe<MotpeSettings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const MotpeSettings& settings);

/// NSGA-II.
struct Nsga2Settings : Settings {
    static constexpr const char* kName = "nsga2";
    static constexpr Objectives kObjectives = Objectives::any;
    static void describe(Describe<Nsga2Settings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const Nsga2Settings& settings);

/// Uniform, no key twice.
struct RandomSettings : Settings {
    static constexpr const char* kName = "random";
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const RandomSettings& settings);

/// Regularised (aging) evolution.
struct RegularisedEvolutionSettings : Settings {
    static constexpr const char* kName = "regularised_evolution";
    std::size_t sample = 25;  ///< contestants of a tournament
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const RegularisedEvolutionSettings& settings);

/// U-NSGA-III.
struct UNsga3Settings : Settings {
    static constexpr const char* kName = "u_nsga3";
    static constexpr Objectives kObjectives = Objectives::several;
    Points directions = Points{};  ///< reference directions; none: Riesz s-energy, `population` of them
    static void describe(Describe<UNsga3Settings>&);
};
std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const UNsga3Settings& settings);

/// What making a method would throw, without the cost of a large population and its reference directions.
template <class Own>
void check_settings(Own settings, std::size_t objectives)
{
    constexpr std::size_t kEnough = 32;  // members; no rule speaks of more
    settings.population = std::min(settings.population, kEnough);
    make_optimiser({.options = {2, 2}, .objectives = objectives}, settings);
}

}  // namespace espalier::moo
