// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "espalier/moo/optimiser.hpp"

// One function for each method; the methods themselves are known to their files only.
namespace espalier::moo {

std::unique_ptr<Optimiser> make_age_moea(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_c_taea(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_constrained_ga(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_ga(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_local_search(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_moead(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_motpe(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_nsga2(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_random(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_regularised_evolution(GenomeSpace space, const Settings& settings);
std::unique_ptr<Optimiser> make_u_nsga3(GenomeSpace space, const Settings& settings);

}  // namespace espalier::moo
