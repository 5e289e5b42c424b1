// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>

namespace espalier {

/// The bytes of a file, decompressed where its name ends in `.gz` (gzip, also several members) or `.xz`.
/// @param most stop after that many decompressed bytes: what follows is neither read nor checked.
/// @throws Error naming the file: it does not exist, cannot be read, is a folder, ends too early or is damaged.
std::string read_file_decompressed(const std::filesystem::path& file,
                                   std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace espalier
