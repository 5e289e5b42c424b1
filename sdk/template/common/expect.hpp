// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdio>
#include <string>
#include <vector>

inline int failures = 0;  // what the test ends with

/// What a check of `espalier::conformance` found.
inline void expect(const std::vector<std::string>& violations)
{
    for (const std::string& violation : violations)
        std::printf("FAILED: %s\n", violation.c_str()), ++failures;
}

inline void expect(bool holds, const char* sentence)
{
    if (!holds)
        std::printf("FAILED: %s\n", sentence), ++failures;
}
