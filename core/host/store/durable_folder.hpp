// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace espalier::host {

/// Fills a folder so that it exists complete or not at all, whenever the process or the machine stops: `fill` writes
/// into an empty folder beside it, which is brought to the disk and renamed. A folder of that name is replaced; where
/// the file system cannot exchange two folders, there may be neither during the replacement. Where `fill` returns false
/// there was nothing to write: nothing changes.
/// @throws Error naming the folder if it cannot be written.
void write_folder(const std::filesystem::path& folder, const std::function<bool(const std::string& empty)>& fill);

/// The same for a folder that is filled little by little, in `draft_of(folder)`: once that is finished and durable,
/// settling puts it into the folder's place, and may be repeated where it was stopped, or without a draft.
/// @throws Error naming the folder if it cannot be written.
void finish_draft_folder(const std::filesystem::path& folder);
bool is_finished_draft(const std::filesystem::path& folder);  ///< and not settled
void settle_draft_folder(const std::filesystem::path& folder);

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
