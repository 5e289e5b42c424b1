// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "espalier/architecture.hpp"
#include "espalier/candidate.hpp"
#include "espalier/evaluation.hpp"
#include "espalier/search_space.hpp"

namespace espalier::predicted {

/// A network and what it costs, or why nobody knows.
struct Example {
    Architecture architecture;
    std::string key;  ///< equal keys cost the same
    std::optional<double> value;
    std::string reason;  ///< where there is no value
};

/// @param answer of a cost model, whose `metric` is the value where it is finite.
Example example_of(const Candidate&, std::string key, const Evaluation& answer, const std::string& metric);

/// Different networks, gathered one by one, kept with the run as JSON.
class Examples {
public:
    bool has(const std::string& key) const { return keys_.contains(key); }
    void add(Example);
    std::size_t size() const { return examples_.size(); }
    const std::vector<Example>& all() const { return examples_; }

    /// Numbers come back bit by bit. @throws Error naming the file.
    void save(const std::string& file) const;
    static Examples load(const std::string& file);

private:
    std::vector<Example> examples_;
    std::unordered_set<std::string> keys_;
};

/// The rows of a CSV file in its order, their numbers times `scale`, or why they have none; a row of an architecture
/// that stands above is refused. Their keys are the architectures. @throws Error with file, line and column.
Examples examples_in(const std::filesystem::path& file, const std::string& column, const std::string& arch_column,
                     double scale, const SearchSpace& space);

}  // namespace espalier::predicted
