// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>

#include "espalier/dynas_t/results_file.hpp"

#include "host/store/store.hpp"

namespace espalier::app {

/// Writes rows, dates, form and the file's own text into a run that has none yet.
void keep(const dynas_t::Results&, const std::string& text, const SearchSpace&, host::RunStore&);

/// The text of the file that was imported; none: the run was searched.
std::optional<std::string> imported_text(const host::RunStore&);

/// The rows of a run that are ok, each dated as it was imported, or else with the run's start. @param renamed metric
/// of the run -> metric of a column, for runs that call their accuracy something else.
dynas_t::Results results_of(const host::RunStore&, const std::map<std::string, std::string>& renamed);

}  // namespace espalier::app
