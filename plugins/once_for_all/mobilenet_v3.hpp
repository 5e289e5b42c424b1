// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/option.hpp"
#include "espalier/sdk/image_task.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

#include "gene_notation.hpp"

namespace espalier::once_for_all {

/// The sub-networks of the elastic MobileNetV3 of Cai et al., "Once-for-All" (ICLR 2020): 45 decisions, kernel size and
/// expansion of 20 blocks, then the depths of 5 stages; 3^45 architectures, (9^2 + 9^3 + 9^4)^5 = 2.18e19 networks.
/// Block b of a stage (from 0) matters where b < depth.
class MobileNetV3 final : public SearchSpace {
public:
    struct Options {
        double width = 1.0;
        int resolution = 0, classes = 0;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for what contradicts `data`.
    MobileNetV3(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    std::vector<bool> active(const Architecture&) const override;
    std::string key(const Architecture&) const override;
    Architecture canonical(const Architecture&) const override;
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

    double width() const { return width_; }
    const ImageTask& task() const { return task_; }

private:
    double width_;
    ImageTask task_;
    std::vector<Decision> decisions_;
    std::vector<GeneGroup> groups_;
    Network super_;
};

}  // namespace espalier::once_for_all
