// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "catch.hpp"

namespace espalier::testing {

/// The folder `name` of the data sets, or nothing, said as a warning: the test case cannot run here.
inline std::optional<std::filesystem::path> data_folder(const std::string& name)
{
    const char* const data = std::getenv("ESPALIER_DATA");
    if (data == nullptr || !std::filesystem::exists(std::filesystem::path(data) / name)) {
        WARN("skipped: ESPALIER_DATA does not say where " << name << " is");
        return std::nullopt;
    }
    return std::filesystem::path(data) / name;
}

}  // namespace espalier::testing
