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

/// The two halves of `write_file`, for a file that is to come after others: until `settle_draft`, its content is in
/// `draft_of(file)` beside it. @throws Error naming the file if it cannot be written.
void write_draft(const std::filesystem::path& file, std::string_view content);
void settle_draft(const std::filesystem::path& file);
std::filesystem::path draft_of(const std::filesystem::path& file);
bool is_draft(const std::filesystem::path&);  ///< judged by its name

/// A name for a file or folder: letters, digits, '-', '_' and '.' as they are, others as '-'; where that or shortening
/// changed anything a hash follows, so that different names stay different.
std::string file_name_of(std::string_view name);

}  // namespace espalier::host
