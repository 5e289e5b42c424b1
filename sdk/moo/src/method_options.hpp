// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/config.hpp"
#include "espalier/moo/methods.hpp"

// Options that methods share, in the order in which they come. `Own` derives from Settings; defaults are its own.
namespace espalier::moo {

/// An option that is text in an experiment and of another type in the settings.
template <class Own>
Option& describe_text(Describe<Own>& d, std::string name, std::string preset, std::string help,
                      void (*read)(Settings&, const Config&))
{
    Option& option = d.options.emplace_back();
    option.name = std::move(name);
    option.preset = std::move(preset);
    option.help = std::move(help);
    option.set = [read](void* settings, const Config& config) { read(*static_cast<Own*>(settings), config); };
    return option;
}

/// @param otherwise what a batch of 0 stands for
template <class Own>
void describe_batch(Describe<Own>& d, const std::string& otherwise)
{
    d("batch", &Own::batch,
      "architectures proposed at the same time; part of the method, unlike workers; 0: " + otherwise)
        .range(0, 1'000'000);
}

template <class Own>
void describe_population(Describe<Own>& d)
{
    d("population", &Own::population, "members that survive").range(2, 1'000'000).symbol("P");
    describe_batch(d, "the population");
}

template <class Own>
void describe_operators(Describe<Own>& d)
{
    const auto number = [](double Variation::*field) {
        return [field](Own& settings) -> double& { return settings.variation.*field; };
    };
    describe_text(d, "operators", "discrete",
                  "how children are made; the integer ones are those of pymoo 0.5 and 0.6, for comparison",
                  [](Settings& s, const Config& c) { s.variation.operators = operators_named(c.scalar); })
        .one_of(operators_names());
    d("crossover", number(&Variation::crossover), "probability that two parents are crossed").range(0, 1).symbol("p_c");
    d("steps", number(&Variation::steps),
      "discrete: probability that a mutating decision with ordered options goes to a neighbouring one")
        .range(0, 1);
    d("crossover_eta", number(&Variation::crossover_eta),
      "integer operators: larger keeps children nearer their parents")
        .range(0, 1e6)
        .symbol("eta_c");
    d("mutation_eta", number(&Variation::mutation_eta), "integer operators: larger keeps mutants nearer what they were")
        .range(0, 1e6)
        .symbol("eta_m");
    d("exchange", number(&Variation::exchange), "integer operators: probability that a pair's children exchange values")
        .range(0, 1);
}

/// Mutation and where the search starts.
/// @param mutation what its probability is of, and what `auto` means
template <class Own>
void describe_variety(Describe<Own>& d, const std::string& mutation)
{
    describe_text(d, "mutation", "auto", "probability of each decision " + mutation, [](Settings& s, const Config& c) {
        s.variation.mutation = probability_in(c.scalar);
        if (!s.variation.mutation && c.scalar != "auto")
            c.fail("'" + c.scalar + "' is neither `auto` nor a probability, 0 to 1");
    }).symbol("p_m");
    describe_text(d, "sampling", "uniform", "the first population; latin_hypercube: every option equally often",
                  [](Settings& s, const Config& c) { s.latin_hypercube = c.scalar == "latin_hypercube"; })
        .one_of({"uniform", "latin_hypercube"});
    d("never_again", &Own::never_again, "propose no network twice, instead of none that the population holds");
}

template <class Own>
void describe_scaling(Describe<Own>& d)
{
    d("scale_objectives", &Own::scale_objectives,
      "by the best and worst values seen; false: raw, as in the reference implementation");
}

/// All that a method has whose children come from parents by crossing.
template <class Own>
void describe_breeding(Describe<Own>& d)
{
    describe_population(d);
    describe_operators(d);
    describe_variety(d,
                     "(integer_06: of an architecture); auto: discrete max(1 / active decisions, 0.02), integer_05 "
                     "1 / decisions, integer_06 0.9");
}

}  // namespace espalier::moo
