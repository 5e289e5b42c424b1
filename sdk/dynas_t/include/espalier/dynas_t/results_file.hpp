// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/search_space.hpp"

namespace espalier::dynas_t {

/// What a results file of DyNAS-T says.
struct Results {
    std::vector<Evaluation> rows;  ///< one a line, also of an architecture that came before; 0: not measured
    std::vector<double> dates;     ///< one a row, seconds since 1970; NaN: none
    std::string form;              ///< Notation::form; empty: as DyNAS-T writes
    std::size_t without = 0;       ///< cells that are empty, nan or infinite: not measured
};

/// Columns that DyNAS-T does not write, and the metrics that they become; empty: a column to be left out.
using Columns = std::map<std::string, std::string>;

/// Header "Sub-network,Date,Model Parameters,Latency (ms),MACs,Top-1 Acc (%)"; the last columns may be others that
/// DyNAS-T writes or that `more` names, in any order. @throws Error with file, line and column.
Results read_results(const std::filesystem::path& file, const SearchSpace&, const Columns& more = {});

/// The file's text, in DyNAS-T's columns, lines in the order of `rows`, which are all ok; they end with carriage return
/// and line feed, as DyNAS-T's do. @throws Error if the space's
/// decisions cannot be written.
std::string results_text(const Results&, const SearchSpace&);

/// The metric of a column: "Top-1 Acc (%)" is top1_pct, "Latency (ms)" latency_ms; of an unknown one its words in small
/// letters.
std::string metric_of(const std::string& column);

/// "2022-11-01 05:40:09.265694", also with a T, and a Z behind it, as seconds since 1970; NaN: it is no date.
double seconds_since_1970(const std::string& date);

}  // namespace espalier::dynas_t
