// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "catch.hpp"

/// One sentence that begins with the file, gives the reason and a remedy.
inline void check_sentence(const std::string& refusal, const std::filesystem::path& file, const std::string& reason)
{
    INFO(refusal);
    CHECK(refusal.starts_with(file.string() + ": "));
    CHECK_THAT(refusal, ContainsSubstring(reason));
    CHECK_THAT(refusal, ContainsSubstring("; "));
    CHECK(refusal.find('\n') == refusal.npos);
}
