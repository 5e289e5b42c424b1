// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::once_for_all {

/// The widths that a decision chooses among; the layers before it are as wide as the widest.
struct Widths {
    std::size_t decision = 0;
    std::vector<std::int64_t> options;
    std::int64_t widest() const;
};

/// A convolution without bias.
struct Conv {
    std::int64_t out = 0;
    int kernel = 1, stride = 1;
};

// Each appends to the network behind layer `x` and returns the index of the last layer.

std::size_t conv(Network&, std::size_t x, const Conv&, const std::string& weights);
/// With batch normalisation, weights "<weights>.bn".
std::size_t conv_bn(Network&, std::size_t x, const Conv&, const std::string& weights);
/// As wide as a decision says; the width of `shape` is ignored.
std::size_t conv_bn(Network&, std::size_t x, Conv shape, const Widths&, const std::string& weights);
std::size_t bn(Network&, std::size_t x, const std::string& weights);
std::size_t masked(Network&, std::size_t x, const Widths&);
std::size_t choice(Network&, std::vector<std::size_t> options, std::size_t decision);

}  // namespace espalier::once_for_all
