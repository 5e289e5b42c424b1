// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <iterator>
#include <string>

#include "espalier/rng.hpp"

namespace espalier::test {

/// A text of so many parts: what YAML, shells or terminals read as more than itself, and bytes of any value but 0.
inline std::string odd_text(Rng& rng, std::uint64_t parts)
{
    // clang-format off
    static const char* const kOdd[] = {
        "$", "{", "}", "${HOME}", "$${", "\\", "\"", "'", "#", ": ", "- ", " ", "\t", "\n", "\r", "~", "null", "true", "0",
        "1e3", "=", "<<", "&a", "*a", "!", "%", "@", "`", "|", ">", "?", ",", "[", "]", "...", "---", "e.yaml", "\x01", "\x1b",
        "\x7f", "\xe9", "\xff", "\xfe", "\xff\xfe", "\xc3\xa9", "caf\xc3\xa9", "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf"};
    // clang-format on
    std::string text;
    for (; parts > 0; --parts)
        text += rng.below(2) == 0 ? std::string(kOdd[rng.below(std::size(kOdd))])
                                  : std::string(1, static_cast<char>(1 + rng.below(255)));
    return text;
}

}  // namespace espalier::test
