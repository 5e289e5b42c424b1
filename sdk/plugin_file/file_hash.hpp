// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace espalier {

/// XXH64 with seed 0 (Collet's xxHash): tells builds apart at memory speed; no protection against forgery.
std::uint64_t xxh64(std::span<const std::byte> bytes);

/// XXH64 of the file's bytes, read piece by piece, as 16 hexadecimal digits. @throws Error if it cannot be read.
std::string file_hash(const std::filesystem::path& file);

}  // namespace espalier
