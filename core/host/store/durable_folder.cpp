// SPDX-License-Identifier: Apache-2.0
#include "host/store/durable_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

namespace espalier::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 80;
constexpr std::string_view kDraft = ".saving-";

/// Brings a file or a folder's list of entries to the disk.
void sync(const fs::path& path)
{
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool done = descriptor >= 0 && fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    // Some file systems cannot sync folders; then there is nothing to be had.
    if (!done && error != EINVAL)
        throw Error(fmt::format("{} cannot be written: {}.", path.string(), std::strerror(error)));
}

void sync_tree(const fs::path& folder)
{
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
        if (!entry.is_symlink())
            sync(entry.path());
    sync(folder);
}

constexpr const char* kWhole = ".whole";  // in a draft that is to stand in the folder's place

/// The draft stands where the folder stood, which stands at no moment empty; what was there is the draft then, if
/// anything is left of it.
void put_in_place(const fs::path& draft, const fs::path& folder)
{
    if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0) {
        if (errno == EINVAL || errno == ENOSYS)  // a file system that cannot exchange
            fs::remove_all(folder);
        else if (errno != ENOENT)
            throw fs::filesystem_error("", folder, {errno, std::generic_category()});
        fs::rename(draft, folder);
    }
    sync(folder.parent_path());
}

}  // namespace

fs::path draft_of(const fs::path& path)
{
    return path.parent_path() / (std::string(kDraft) + path.filename().string());
}

bool is_draft(const fs::path& path)
{
    return path.filename().string().starts_with(kDraft);
}

void write_folder(const fs::path& folder, const std::function<bool(const std::string& empty)>& fill)
{
    try {
        const fs::path draft = draft_of(folder);
        fs::remove_all(draft);
        fs::create_directories(draft);
        bool filled = false;
        try {
            filled = fill(draft.string());
        } catch (...) {
            fs::remove_all(draft);
            throw;
        }
        if (!filled) {
            fs::remove_all(draft);
            return;
        }
        sync_tree(draft);
        put_in_place(draft, folder);
        fs::remove_all(draft);
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be written: {}.", folder.string(), error.code().message()));
    }
}

void finish_draft_folder(const fs::path& folder)
{
    try {
        fs::create_directories(draft_of(folder));
        write_file(draft_of(folder) / kWhole, "");
        sync(folder.parent_path());
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be written: {}.", folder.string(), error.code().message()));
    }
}

bool is_finished_draft(const fs::path& folder)
{
    std::error_code none;
    return fs::exists(draft_of(folder) / kWhole, none);
}

void settle_draft_folder(const fs::path& folder)
{
    try {
        if (is_finished_draft(folder))
            put_in_place(draft_of(folder), folder);
        fs::remove_all(draft_of(folder));
        fs::remove(folder / kWhole);
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be written: {}.", folder.string(), error.code().message()));
    }
}

void write_file(const fs::path& file, std::string_view content)
{
    write_draft(file, content);
    settle_draft(file);
}

void write_draft(const fs::path& file, std::string_view content)
{
    std::ofstream out(draft_of(file), std::ios::binary);
    out << content;
    out.close();
    if (!out)
        throw Error(fmt::format("{} cannot be written: {}.", file.string(), std::strerror(errno)));
}

void settle_draft(const fs::path& file)
{
    try {
        sync(draft_of(file));
        fs::rename(draft_of(file), file);
        sync(file.parent_path());
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be written: {}.", file.string(), error.code().message()));
    }
}

std::string file_name_of(std::string_view name)
{
    std::string result;
    for (const char c : name.substr(0, kLongestName)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || (c == '.' && !result.empty());
        result += plain ? c : '-';
    }
    return result == name && !result.empty() ? result : fmt::format("{}-{:08x}", result, stable_hash(name) >> 32);
}

}  // namespace espalier::host
