// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/option.hpp"
#include "espalier/sdk/image_task.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

#include "gene_notation.hpp"

namespace espalier::once_for_all {

/// The sub-networks of the elastic ResNet50D of the once-for-all code (Cai et al., ICLR 2020): 29 decisions. `d1` says
/// whether the stem has its residual block (2) or not (0), `d2` to `d5` how many extra blocks the stages have, then 18
/// expansions by place, then the widths of the stem's middle, the stem and the four stages. Distinct: 2 * 3^6 * 117^3 *
/// 1053 = 2.46e12. The extra blocks are the last of a stage; expansions of absent ones do not matter.
///
/// The code allows 1 for the first depth as well, which is the same network as 0; here it has two options.
class ResNet50 final : public SearchSpace {
public:
    struct Options {
        int resolution = 0, classes = 0;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for what contradicts `data`, and for a resolution that is no multiple of 32.
    ResNet50(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    std::vector<bool> active(const Architecture&) const override;
    std::string key(const Architecture&) const override;
    Architecture canonical(const Architecture&) const override;
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

    const ImageTask& task() const { return task_; }

private:
    ImageTask task_;
    std::vector<Decision> decisions_;
    std::vector<GeneGroup> groups_;
    Network super_;
};

}  // namespace espalier::once_for_all
