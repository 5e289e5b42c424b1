// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "espalier/search_space.hpp"

#include "host/store/store.hpp"

namespace espalier::host {

/// What was read of a DyNAS-T results file.
struct DynasTRows {
    std::vector<StoredEvaluation> rows;  ///< one a line, also of an architecture that came before; 0: not measured
    std::vector<double> dates;           ///< seconds since 1970, one a row; NaN: none
    std::set<std::string> metrics;       ///< measured at least once
    std::string form;                    ///< DynasTNotation::form
};

/// The metric of a column: "Top-1 Acc (%)" is top1_pct, "Latency (ms)" latency_ms; of an unknown one its words in small
/// letters.
std::string dynas_t_metric(const std::string& column);

/// Header "Sub-network,Date,Model Parameters,Latency (ms),MACs,Top-1 Acc (%)"; the last columns may be others, in any
/// order. @throws Error with file, line and column.
DynasTRows read_dynas_t(const std::filesystem::path& file, const SearchSpace&);

/// The rows of a run that are ok, in DyNAS-T's columns. @param renamed metric of the run -> metric of a column, for
/// runs that call their accuracy something else. @param left_out gets how many rows are not ok. @throws Error if the
/// space's decisions cannot be written.
std::string dynas_t_csv(const RunStore&, const SearchSpace&, const std::map<std::string, std::string>& renamed,
                        std::size_t& left_out);

/// Name of the curve that keeps the dates of imported rows.
inline constexpr const char* kDateSeries = "date";
/// Provenance that keeps how an imported file writes architectures.
inline constexpr const char* kDynasTForm = "dynas_t.form";

}  // namespace espalier::host
