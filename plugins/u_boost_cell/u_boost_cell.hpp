// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

#include "cell.hpp"

namespace espalier::u_boost_cell {

/// The space of Yüzügüler et al., "U-Boost NAS: Utilization-Boosted Differentiable Neural Architecture Search"
/// (ECCV 2022): one cell k times, its nine edges one of eight operations each, and the width of every convolution of
/// every cell. Networks are given in units of a hardware array, whose multiples widths are.
///
/// Edges that lead nowhere and widths without a convolution make no difference; the representative has the operation
/// `zero` and the first width there.
class UBoostCell final : public SearchSpace {
public:
    struct Options {
        int array = 128, cells = 3;
        std::vector<double> widths = {};
        std::vector<std::string> operations = {};
        std::vector<int> pooling = {1};
        int resolution = 0, classes = 0;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for what contradicts `data` or another option.
    UBoostCell(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    std::vector<bool> active(const Architecture&) const override;
    Architecture canonical(const Architecture&) const override;
    std::string key(const Architecture&) const override;
    /// The operations by node, then the widths of each cell: "conv3 zero | ... ; 128 128 | 64 72 | ... ; ...".
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

private:
    Pruned pruned(const Architecture&) const;
    std::vector<Operation> operations_;
    std::size_t cells_;
    std::vector<Decision> decisions_;
    Network super_;
};

}  // namespace espalier::u_boost_cell
