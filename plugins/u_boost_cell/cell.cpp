// SPDX-License-Identifier: Apache-2.0
#include "cell.hpp"

#include <algorithm>

namespace espalier::u_boost_cell {

Pruned::Pruned(std::span<const bool> zero, std::size_t cells) : cells_(cells)
{
    std::ranges::copy(zero, zero_.begin());
    std::fill_n(fed_.begin(), kInputs, true);
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        fed_[kEdges[e].to] = fed_[kEdges[e].to] || (!zero_[e] && fed_[kEdges[e].from]);
    used_[kOutput] = true;
    for (std::size_t e = kEdges.size(); e-- > 0;)
        used_[kEdges[e].from] = used_[kEdges[e].from] || (!zero_[e] && used_[kEdges[e].to]);
    cells_.back() = fed_[kOutput];
    for (std::size_t c = cells - 1; c-- > 0;)
        cells_[c] = (reads(0) && cells_[c + 1]) || (reads(1) && c + 2 < cells && cells_[c + 2]);
}

bool Pruned::reads(std::size_t input) const
{
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        if (kEdges[e].from == input && kept(e))
            return true;
    return false;
}

}  // namespace espalier::u_boost_cell
