// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <future>
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "block_table.hpp"
#include "network_sum.hpp"

namespace espalier::cost_models {

/// A network's cost as the sum over its blocks, each looked up in a table of what blocks cost on a device (Cai et al.,
/// "Once-for-All", ICLR 2020, section 3.3, and ProxylessNAS before). Serves any space whose networks consist of blocks
/// (blocks.hpp) that the table has. The file is read at the first evaluation, its header before.
class Lookup final : public CostModel {
public:
    struct Options {
        std::filesystem::path file;
        std::string column = "mean_ms", as = "latency_ms";
        double scale = 1;
        static void describe(Describe<Options>&);
    };
    /// Reads the header only. @throws OptionErrors for a file that cannot be read and columns that it does not have,
    /// and a `scale` of 0.
    Lookup(const Options&, const Setup&);
    ~Lookup() override;

    std::vector<std::string> metrics() const override { return {options_.as}; }
    /// A network with a block that the table does not have fails with a reason that names it. @throws Error if the file
    /// is damaged.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

private:
    Options options_;
    std::shared_future<BlockTable> table_;  // read, or refused, once: by whoever asks first
    NetworkSum sum_;
};

}  // namespace espalier::cost_models
