// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace espalier {

/// Written beside, synchronised and renamed, so that the file is whole or absent. @throws Error naming it.
void write_whole(const std::string& file, std::string_view bytes);
/// @throws Error naming the file.
std::string read_whole(const std::string& file);

/// A check sum as 16 digits.
std::string hexadecimal(std::uint64_t sum);

}  // namespace espalier
