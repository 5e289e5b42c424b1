// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <future>
#include <string>
#include <unordered_map>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// A network's cost as the sum over its groups of layers (layer_groups.hpp), each looked up in a table that `espalier
/// calibrate` measured, corrected by a factor, a constant for each group (negative: groups overlap), and one for the
/// network. Serves any space of plain networks. The file is read at the first evaluation, its header before.
class LayerTable final : public CostModel {
public:
    struct Options {
        std::filesystem::path file;
        std::string column = "latency_ms", as = "latency_ms";
        double scale = 1, per_group = 0, constant = 0;
        static void describe(Describe<Options>&);
    };
    /// Reads the header only. @throws OptionErrors for a file that cannot be read, columns that it does not have, and a
    /// `scale` that is wrong.
    LayerTable(const Options&, const Setup&);
    ~LayerTable() override;

    std::vector<std::string> metrics() const override { return {options_.as}; }
    /// A network with a group that the table does not have fails with a reason that names it, and so does one whose
    /// corrected cost is below 0. @throws Error if the file
    /// is damaged.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

private:
    using Costs = std::unordered_map<std::string, double>;
    double price(const Network&, const Costs&) const;

    Options options_;
    std::shared_future<Costs> costs_;  // read once: by whoever asks first
};

}  // namespace espalier::cost_models
