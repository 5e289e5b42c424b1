// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "host/calls/asked_component.hpp"

namespace espalier::host {

/// Asks one component about several candidates, as many at a time as the experiment has workers, unless it measures.
/// @return in the order of the candidates. @param row the evaluation that notes belong to.
std::vector<Evaluation> answers(AskedComponent&, std::span<const Candidate>, AskedComponents&, RunServices&,
                                std::size_t row);

/// Asks the components under `final` about the winners that are architectures; fills their final metrics and, where one
/// fails, the note. Asks those under `verify` as well, and judges the constraints by what they say. Where the strategy
/// saved no model of a winner, the first of them that can saves one; why it cannot is a note, too. Of a shortlist they
/// are ordered and named by what decides: the best, then its runners-up; equals, and those without it, which come last,
/// by the search.
void evaluate_finally(std::span<StoredWinner>, AskedComponents&, RunServices&, std::size_t row);

/// `winners.json`: name, text, key, metrics, final metrics, what was verified, note, model.
std::string winners_json(std::span<const StoredWinner>);

}  // namespace espalier::host
