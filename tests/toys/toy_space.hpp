// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "espalier/resolve.hpp"
#include "espalier/search_space.hpp"

/// `count` decisions, "digit 0" and so on, each with the options "0", "1", ... below `options`.
inline std::vector<espalier::Decision> digit_decisions(std::size_t count, std::size_t options = 10)
{
    std::vector<std::string> labels;
    for (std::size_t option = 0; option < options; ++option)
        labels.push_back(std::to_string(option));
    std::vector<espalier::Decision> decisions;
    for (std::size_t d = 0; d < count; ++d)
        decisions.push_back({"digit " + std::to_string(d), labels});
    return decisions;
}

/// The space of these decisions, with the networks that `super` resolves to; without one they are empty. What a test
/// needs to be different it derives and overrides.
class ToySpace : public espalier::SearchSpace {
public:
    explicit ToySpace(std::vector<espalier::Decision> decisions = {}, espalier::Network super = {})
        : decisions_{std::move(decisions)}, super_{std::move(super)}
    {
    }
    std::span<const espalier::Decision> decisions() const override { return decisions_; }
    espalier::Network network(const espalier::Region& region) const override
    {
        return super_.size() == 0 ? espalier::Network{} : resolved(super_, region);
    }

protected:
    std::vector<espalier::Decision> decisions_;
    espalier::Network super_;
};
