// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

namespace espalier::fbnet {

/// The FBNet space of HW-NAS-Bench (Li et al., ICLR 2021): 22 layers, each one of nine candidates, 9^22 = 9.8e20
/// networks, all distinct: each layer has weights of its own.
class FBNet final : public SearchSpace {
public:
    struct Options {
        std::string variant = "cifar";
        int resolution = 0, classes = 0;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for what contradicts `data`.
    FBNet(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    /// The candidates' names, first layer first, separated by blanks.
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

private:
    std::vector<Decision> decisions_;
    Network super_;
};

}  // namespace espalier::fbnet
