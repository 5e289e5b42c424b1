// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "espalier/search_space.hpp"

#include "host/tell/results.hpp"

namespace espalier::host {

/// Networks of a space and one number of each. A network, told by its key, is here once, with its first number.
struct Examples {
    std::vector<Architecture> architectures;
    std::vector<double> values;
    std::size_t again = 0;    ///< how many more rows were of a network that was here already
    std::size_t without = 0;  ///< how many rows had no number
};

/// From a CSV file (also `.gz`, `.xz`) with a header. A decision is found, in this order,
/// - in the column of its name, as an option's label;
/// - in a column that begins its name (`ks` for the decisions ks1.1 to ks5.4), a list of labels in the space's order,
///   separated by blanks or commas, in brackets or not;
/// or all of them in a column `architecture`, as the space writes them. Labels that are numbers are compared as such.
/// @throws Error with file and place for what is missing or unknown.
Examples examples_from_csv(const std::filesystem::path& file, const SearchSpace&, const std::string& metric);

/// The evaluations that are ok. @throws Error naming the metrics that there are, if none has `metric`.
Examples examples_from_runs(std::span<const NamedRun>, const SearchSpace&, const std::string& metric);

}  // namespace espalier::host
