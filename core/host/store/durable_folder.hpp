// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace espalier::host {

/// Fills a folder so that it exists complete or not at all, whenever the process or the machine stops: `fill` writes
/// into an empty folder beside it, which is brought to the disk and renamed. A folder of that name is replaced; during
/// the replacement alone there may be neither. Where `fill` returns false there was nothing to write: nothing changes.
/// @throws Error naming the folder if it cannot be written.
void write_folder(const std::filesystem::path& folder, const std::function<bool(const std::string& empty)>& fill);

/// The same for one file, without the moment in which there is none.
void write_file(const std::filesystem::path& file, std::string_view content);

/// A name for a file or folder: letters, digits, '-', '_' and '.' as they are, others as '-'; where that or shortening
/// changed anything a hash follows, so that different names stay different.
std::string file_name_of(std::string_view name);

}  // namespace espalier::host
