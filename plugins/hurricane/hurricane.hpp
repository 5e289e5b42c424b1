// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

namespace espalier::hurricane {

/// The spaces of Zhang et al., "Fast Hardware-Aware Neural Architecture Search" (CVPR Workshops 2020), HURRICANE: 20
/// layers, each one operator of its list. Lists are given, taken from the paper, or generated for a device: the best
/// scores of all 32 operators under a cost model. Option 0 of a decision is the best of its layer.
class Hurricane final : public SearchSpace {
public:
    struct Options {
        std::string backbone = "spos";
        int resolution = 0, classes = 0;
        bool fit_data = true;
        std::string operators = "manual";
        std::vector<std::string> lists = {};
        Use<CostModel> scored_by = {};
        std::filesystem::path profile = {};
        std::string metric = {};
        double alpha = 0.1;
        int keep = 4;
        std::string granularity = "stage", explore = "auto", scored_at = "";
        bool affine = true;
        std::string gate = "hsigmoid";
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for what contradicts `data` or another option, or if no lists can be made.
    Hurricane(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;

private:
    std::vector<Decision> decisions_;
    Network super_;
};

}  // namespace espalier::hurricane
