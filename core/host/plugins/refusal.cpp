// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/refusal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/plugins/stamp.hpp"
#include "plugin_file/elf_file.hpp"
#include "plugin_file/entry_point.hpp"

namespace espalier::host {

std::string permission_refusal(const std::filesystem::path& library)
{
    if (::geteuid() != 0)
        return "";
    // a link is as safe as what it points to, so the folder of the real file counts too
    std::error_code ignored;
    const std::filesystem::path real = std::filesystem::weakly_canonical(library, ignored);
    for (const auto& file : {library, manifest_path(library), library.parent_path(), real.parent_path()}) {
        struct stat facts = {};
        if (::stat(file.c_str(), &facts) != 0 || (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0)
            continue;
        const std::string who = (facts.st_mode & S_IWOTH) != 0 ? "everybody" : "its group";
        const std::string what = file == library          ? "it"
                                 : S_ISDIR(facts.st_mode) ? "its folder " + file.string()
                                                          : "its manifest " + file.string();
        return fmt::format("{}: is not run as root because {} may be written by {}; say: chmod go-w {}",
                           library.string(), what, who, file.string());
    }
    return "";
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
