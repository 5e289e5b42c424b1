// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace espalier {

/// How a table of costs was measured: what the comment lines before its columns' names say (docs/cost_tables.md). What
/// is empty or 0 is not said.
struct CostTableHeader {
    std::string device = {};  ///< must be said
    std::string processor = {};
    int threads = 0, batch = 0;
    std::string precision = {}, runtime = {}, date = {}, tool_version = {}, protocol = {};
    int rows = 0;  ///< must be said, so that a file that was cut short is found out; counted when a table is written
    bool operator==(const CostTableHeader&) const = default;
};

/// Of a CSV file, also `.gz` and `.xz`; nothing: it has none, as tables from elsewhere. Rows are not read.
/// @throws Error with file and line for a header of another version or that is wrong; or as `csv_header`.
std::optional<CostTableHeader> cost_table_header(const std::filesystem::path&);
/// What is said of device, processor, threads, batch, precision, runtime and date, in one line.
std::string summary(const CostTableHeader&);

/// Why a column of a table with such a header is no cost, in a sentence with file and line: no dispersion stands beside
/// it. Nothing: it is one, or the table has no header.
std::optional<std::string> wrong_cost_column(const std::filesystem::path&, const std::string& column);

/// A table to be written.
struct CostTable {
    struct Cost {
        double value = 0;
        double deviation = std::numeric_limits<double>::quiet_NaN();  ///< standard deviation; NaN: not known
    };
    struct Row {
        std::vector<std::string> keys;
        std::vector<Cost> costs;
    };
    CostTableHeader header;
    std::vector<std::string> keys;   ///< columns that tell what a row is: `layer`, `kernel`
    std::vector<std::string> costs;  ///< columns with a unit, `latency_ms`; `latency_ms_sd` is written beside it
    std::vector<Row> rows;
};

/// As `CsvColumns` reads it. @throws Error for what it would refuse: no device, a cost without a unit or that is no
/// finite number, two rows with the same keys.
std::string to_text(const CostTable&);
/// The same into a file, which is whole or as it was. @throws Error naming the file.
void write_cost_table(const CostTable&, const std::filesystem::path& file);

}  // namespace espalier
