// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "espalier/export.hpp"

namespace espalier {

/// The extents of one example, without the batch: {channels, height, width}, {tokens, width} or {features}. At most
/// four.
class ESPALIER_API Shape {
public:
    Shape() = default;
    Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
    /// @throws Error for more than four extents.
    explicit Shape(std::span<const std::int64_t> extents);

    std::size_t size() const { return rank_; }
    std::int64_t operator[](std::size_t i) const { return extents_[i]; }
    std::int64_t& operator[](std::size_t i) { return extents_[i]; }
    const std::int64_t* begin() const { return extents_.data(); }
    const std::int64_t* end() const { return extents_.data() + rank_; }
    std::int64_t elements() const;  ///< the product of the extents; 1 for an empty shape
    bool operator==(const Shape&) const = default;

private:
    std::array<std::int64_t, 4> extents_{};
    std::uint8_t rank_ = 0;
};

ESPALIER_API std::string to_string(const Shape&);  ///< "3x32x32"

}  // namespace espalier
