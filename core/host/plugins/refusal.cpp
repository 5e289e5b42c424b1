// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/refusal.hpp"

#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/plugins/own_file.hpp"
#include "host/plugins/stamp.hpp"
#include "plugin_file/elf_file.hpp"
#include "plugin_file/entry_point.hpp"
#include "plugin_file/stamp.hpp"

namespace espalier::host {
namespace {

/// Why others than root could put something else where `path` stands; empty: they cannot.
std::string exposed(const std::filesystem::path& library, const std::filesystem::path& path, const std::string& what)
{
    // who owns the command could as well put something else in its place
    static const std::optional<uid_t> owner = [] {
        struct stat facts = {};
        return ::stat(own_file().c_str(), &facts) == 0 ? std::optional(facts.st_uid) : std::nullopt;
    }();
    const auto refusal = [&](const std::filesystem::path& place, const std::string& why, const std::string& remedy) {
        std::string subject = place == path ? what : "its folder " + place.string();
        if (place == path && !what.empty())
            subject += " " + path.string();
        return fmt::format("{}: is not run as root because {} {}; say: {} {}", library.string(),
                           subject.empty() ? "it" : subject, why, remedy, place.string());
    };
    std::filesystem::path place = path;
    for (int height = 0;; ++height, place = place.parent_path()) {
        struct stat facts = {};
        if (::stat(place.c_str(), &facts) == 0) {
            if (facts.st_uid != 0 && facts.st_uid != owner)
                return refusal(place, fmt::format("belongs to user {}", facts.st_uid), "chown root");
            // In a folder like /tmp nobody can move what is root's.
            const bool sticky = height > 1 && (facts.st_mode & S_ISVTX) != 0;
            if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky)
                return refusal(
                    place,
                    fmt::format("may be written by {}", (facts.st_mode & S_IWOTH) != 0 ? "everybody" : "its group"),
                    "chmod go-w");
        }
        if (place == place.root_path() || place.empty())
            return "";
    }
}

}  // namespace

std::string permission_refusal(const std::filesystem::path& library)
{
    if (::geteuid() != 0)
        return "";
    // a link is as safe as what it points to, and the folder that it stands in
    std::filesystem::path file = library;
    constexpr int kLinks = 40;
    for (int links = 0; links < kLinks; ++links) {
        std::error_code none;
        if (std::string refusal = exposed(library, file, links == 0 ? "" : "what it links to"); !refusal.empty())
            return refusal;
        if (!std::filesystem::is_symlink(file, none))
            break;
        file = std::filesystem::weakly_canonical(file.parent_path(), none) / std::filesystem::read_symlink(file, none);
    }
    return exposed(library, manifest_path(library), "its manifest");
}

std::string file_refusal(const std::filesystem::path& library)
{
    if (std::string refusal = elf_refusal(library); !refusal.empty())
        return refusal;
    const std::string stamp = stamp_in_file(library);
    if (stamp.empty())
        return "";  // no plug-in, or one with a stamp of its own making: opening it tells
    const std::string conflict = stamp_conflict(stamp, host_stamp());
    return conflict.empty() ? "" : library.string() + ": " + conflict;
}

std::string manifest_refusal(const Manifest& manifest, const std::filesystem::path& library)
{
    if (std::string refusal = abi_refusal(library, manifest.abi, manifest.info_size); !refusal.empty())
        return refusal;
    const std::string conflict = stamp_conflict(manifest.stamp, host_stamp());
    return conflict.empty() ? "" : library.string() + ": " + conflict;
}

}  // namespace espalier::host
