// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace espalier::u_boost_cell {

/// The cell of Yüzügüler et al., "U-Boost NAS" (ECCV 2022): the outputs of the cell before (p) and of the one before
/// that (pp), each through a 3x3 convolution, then three nodes that are sums of their edges. The last is the output.
inline constexpr std::array<std::string_view, 5> kNodes{"p", "pp", "t1", "t2", "t3"};
inline constexpr std::size_t kInputs = 2, kOutput = kNodes.size() - 1;
struct Edge {
    std::size_t from, to;  ///< of `kNodes`
};
inline constexpr std::array<Edge, 9> kEdges{{{0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}, {0, 4}, {1, 4}, {2, 4}, {3, 4}}};

struct Operation {
    enum class Kind : std::uint8_t { convolution, separable, identity, zero };
    std::string_view name;
    Kind kind;
    int kernel = 0, dilation = 1;
    /// Whether it has a width of its own.
    bool convolves() const { return kind == Kind::convolution || kind == Kind::separable; }
};
inline constexpr std::array<Operation, 8> kOperations{{{"conv3", Operation::Kind::convolution, 3},
                                                       {"conv5", Operation::Kind::convolution, 5},
                                                       {"separable3", Operation::Kind::separable, 3},
                                                       {"separable5", Operation::Kind::separable, 5},
                                                       {"dilated3", Operation::Kind::convolution, 3, 2},
                                                       {"dilated5", Operation::Kind::convolution, 5, 2},
                                                       {"identity", Operation::Kind::identity},
                                                       {"zero", Operation::Kind::zero}}};

/// What is left of a network's cells when nothing spreads: a zero edge vanishes, a node without inputs takes its
/// outgoing edges with it, a node without consumers its incoming ones.
class Pruned {
public:
    /// @param zero of each edge.
    Pruned(std::span<const bool> zero, std::size_t cells);
    /// Whether the edge's operation makes a difference: something comes in, and the output comes through its target.
    bool matters(std::size_t edge) const { return fed_[kEdges[edge].from] && used_[kEdges[edge].to]; }
    /// Whether the output comes through it.
    bool kept(std::size_t edge) const { return !zero_[edge] && matters(edge); }
    /// Whether the cell's output comes through that input, p or pp.
    bool reads(std::size_t input) const;
    /// Whether the network's output comes through the cell: not if all cells read the one before the last alone, say.
    bool cell(std::size_t cell) const { return cells_[cell]; }

private:
    std::array<bool, kEdges.size()> zero_{};
    std::array<bool, kNodes.size()> fed_{}, used_{};
    std::vector<bool> cells_;
};

}  // namespace espalier::u_boost_cell
