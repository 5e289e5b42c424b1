// SPDX-License-Identifier: Apache-2.0
#include "espalier/shape.hpp"

#include <algorithm>

#include "espalier/error.hpp"

namespace espalier {

Shape::Shape(std::span<const std::int64_t> extents) : rank_{static_cast<std::uint8_t>(extents.size())}
{
    if (extents.size() > extents_.size())
        throw Error("a shape has at most 4 extents, this one has " + std::to_string(extents.size()));
    std::copy(extents.begin(), extents.end(), extents_.begin());
}

std::int64_t Shape::elements() const
{
    std::int64_t product = 1;
    for (const std::int64_t extent : *this)
        product *= extent;
    return product;
}

std::string to_string(const Shape& shape)
{
    std::string text;
    for (const std::int64_t extent : shape)
        text += (text.empty() ? "" : "x") + std::to_string(extent);
    return text.empty() ? "scalar" : text;
}

}  // namespace espalier
