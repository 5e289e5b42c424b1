// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace espalier {

/// As much is read of a file, decompressed or as it is: 1 GiB.
inline constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

/// The bytes of a file. Every file that a user names is opened here or in the functions below, so that none is waited
/// for, and none fills the memory.
/// @throws Error naming the file: it does not exist, cannot be read, is a folder, a pipe, a device or a socket, or has
/// more than `limit` bytes.
std::string read_file(const std::filesystem::path& file, std::size_t limit = kMostFileBytes);

/// The same, decompressed where its name ends in `.gz` (gzip, also several members) or `.xz`.
/// @throws Error as `read_file`, also if it ends too early, is damaged, or something stands behind the compressed data.
std::string read_file_decompressed(const std::filesystem::path& file, std::size_t limit = kMostFileBytes);

/// The first `most` bytes of that; what follows is neither read nor checked.
std::string read_beginning_decompressed(const std::filesystem::path& file, std::size_t most);

/// Written beside, synchronised and renamed, so that the file is whole or as it was. @throws Error naming the file.
void write_whole(const std::filesystem::path& file, std::string_view bytes);

}  // namespace espalier
