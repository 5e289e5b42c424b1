// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>

namespace espalier::images {

/// `folder`/`name`, or the same ending in .gz or .xz, whichever is there, in this order.
/// @throws OptionError about `path` saying which files were looked for.
std::filesystem::path image_file(const std::filesystem::path& folder, std::string_view name);

}  // namespace espalier::images
