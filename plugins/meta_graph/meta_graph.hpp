// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

namespace espalier::meta_graph {

/// The meta-graph of InstaNAS (Cheng et al., AAAI 2020) and QoS-NAS: layers of five modules, each on or off, whose
/// outputs are added up. An architecture is a policy: what one example runs. All modules off in the first layer of a
/// stage is the same network as its last module alone, which is the representative of both.
class MetaGraph final : public SearchSpace {
public:
    struct Options {
        std::string backbone = "cifar32", combine = "sum";
        std::vector<std::int64_t> input;
        int classes = 0, stem_stride = 0;
        double width = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for `input` or `classes` that contradict `data`.
    MetaGraph(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    std::string key(const Architecture&) const override;
    Architecture canonical(const Architecture&) const override;
    /// A layer's modules as zeros and ones, first layer first, separated by commas: "10000,01010,...".
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

private:
    std::vector<Decision> decisions_;
    std::vector<bool> first_;  ///< by layer: whether it begins a stage
    Network super_;
};

}  // namespace espalier::meta_graph
