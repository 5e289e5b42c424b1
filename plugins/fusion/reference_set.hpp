// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "espalier/evaluation.hpp"

namespace espalier::fusion {

/// One architecture and what is known of it.
struct Member {
    Architecture architecture;
    std::string key;  ///< of the wrapped evaluator: equal keys are the same network
    Metrics metrics;
    bool operator==(const Member&) const = default;
};

/// Different networks and their metrics, gathered one by one, kept with the run as JSON.
class ReferenceSet {
public:
    bool has(const std::string& key) const { return keys_.contains(key); }
    void add(Member);
    const std::vector<Member>& members() const { return members_; }
    std::size_t size() const { return members_.size(); }
    /// The values of one metric, member by member.
    std::vector<double> column(const std::string& metric) const;

    /// Writes or reads one JSON file. Numbers come back bit by bit. @throws Error naming the file.
    void save(const std::string& file) const;
    static ReferenceSet load(const std::string& file);

private:
    std::vector<Member> members_;
    std::unordered_set<std::string> keys_;
};

}  // namespace espalier::fusion
