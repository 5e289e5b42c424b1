// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace espalier::conformance {

/// The contents of files by path below their folder.
using Bytes = std::map<std::string, std::string>;

inline Bytes bytes_below(const std::filesystem::path& folder)
{
    Bytes all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file())
            continue;
        std::ostringstream content;
        content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        all[std::filesystem::relative(entry.path(), folder).string()] = content.str();
    }
    return all;
}

}  // namespace espalier::conformance
