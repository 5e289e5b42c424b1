// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::hurricane {

enum class Family : std::uint8_t {
    separable,   ///< SEP: DARTS' separable convolution, applied twice
    bottleneck,  ///< MB: MobileNetV2's inverted residual
    shuffle,     ///< Choice: ShuffleNetV2's unit
    xception,    ///< ChoiceX: the same with three separable convolutions
};

/// One operator of the paper's table 2.
struct Operator {
    std::string_view name;
    Family family;
    int kernel, expansion;
    bool gated;  ///< with squeeze and excite
};

/// All operators, in the order of the table.
inline constexpr std::array<Operator, 32> kOperators{{
    {"SEP_3", Family::separable, 3, 1, false},     {"SEP_5", Family::separable, 5, 1, false},
    {"SEP_7", Family::separable, 7, 1, false},     {"SEP_3_SE", Family::separable, 3, 1, true},
    {"SEP_5_SE", Family::separable, 5, 1, true},   {"SEP_7_SE", Family::separable, 7, 1, true},
    {"MB_3_1", Family::bottleneck, 3, 1, false},   {"MB_3_3", Family::bottleneck, 3, 3, false},
    {"MB_3_6", Family::bottleneck, 3, 6, false},   {"MB_5_1", Family::bottleneck, 5, 1, false},
    {"MB_5_3", Family::bottleneck, 5, 3, false},   {"MB_5_6", Family::bottleneck, 5, 6, false},
    {"MB_7_1", Family::bottleneck, 7, 1, false},   {"MB_7_3", Family::bottleneck, 7, 3, false},
    {"MB_7_6", Family::bottleneck, 7, 6, false},   {"MB_3_1_SE", Family::bottleneck, 3, 1, true},
    {"MB_3_3_SE", Family::bottleneck, 3, 3, true}, {"MB_3_6_SE", Family::bottleneck, 3, 6, true},
    {"MB_5_1_SE", Family::bottleneck, 5, 1, true}, {"MB_5_3_SE", Family::bottleneck, 5, 3, true},
    {"MB_5_6_SE", Family::bottleneck, 5, 6, true}, {"MB_7_1_SE", Family::bottleneck, 7, 1, true},
    {"MB_7_3_SE", Family::bottleneck, 7, 3, true}, {"MB_7_6_SE", Family::bottleneck, 7, 6, true},
    {"Choice_3", Family::shuffle, 3, 1, false},    {"Choice_5", Family::shuffle, 5, 1, false},
    {"Choice_7", Family::shuffle, 7, 1, false},    {"Choice_3_SE", Family::shuffle, 3, 1, true},
    {"Choice_5_SE", Family::shuffle, 5, 1, true},  {"Choice_7_SE", Family::shuffle, 7, 1, true},
    {"ChoiceX", Family::xception, 3, 1, false},    {"ChoiceX_SE", Family::xception, 3, 1, true},
}};

/// The index of an operator in kOperators. @throws Error with the nearest name.
std::size_t operator_named(std::string_view);
std::vector<std::string> operator_names();

/// What all layers have in common.
struct Style {
    bool affine = true;      ///< whether batch normalisations learn a scale and a shift
    Op gate = Op::hsigmoid;  ///< of squeeze and excite
};

/// Where an operator stands.
struct Place {
    std::int64_t in = 0, out = 0, side = 0;  ///< channels, and pixels a side of the input
    int stride = 1;
    bool operator==(const Place&) const = default;
};

/// Appends an operator behind layer `x`. Nothing is shared with others: weights are named "<weights>.<part>".
/// @param out channels; stride 2 of Choice and ChoiceX needs more than `x` has. @return the index of its last layer.
std::size_t append(Network&, std::size_t x, const Operator&, std::int64_t out, int stride, const Style&,
                   const std::string& weights);

/// An operator as a network of its own.
Network alone(const Operator&, const Place&, const Style& = {});

}  // namespace espalier::hurricane
