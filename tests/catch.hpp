// SPDX-License-Identifier: Apache-2.0
#pragma once
// Catch2 2 and 3 under one include.
#if ESPALIER_CATCH2 == 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text)
{
    return Catch::Matchers::Contains(text);
}
#endif
