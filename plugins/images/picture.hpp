// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>

#include "espalier/torch/data/picture.hpp"

namespace espalier::images {

/// More pixels than that are not read: a few bytes can announce more than any memory holds.
constexpr std::int64_t kMostPixels = 100'000'000;

/// Red, green and blue of a JPEG or PNG file; grey ones have three equal values, transparent ones lie on black.
/// @throws Error naming the file: it is neither, damaged, cut short, or too large.
torch_sdk::Picture read_picture(const std::filesystem::path&);
/// Whether that is likely to succeed, as far as the file's beginning tells. @throws Error naming the file.
void check_picture(const std::filesystem::path&);

/// How much is decoded.
enum class Decoded : std::uint8_t { size, pixels };
/// @throws Error without the file's name.
torch_sdk::Picture jpeg_picture(std::string_view bytes, Decoded);
torch_sdk::Picture png_picture(std::string_view bytes, Decoded);
/// With the size and no pixels. @throws Error for one that is too large, or has none.
torch_sdk::Picture sized_picture(std::uint64_t height, std::uint64_t width);

}  // namespace espalier::images
