// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/registry.hpp"

namespace espalier {

/// What a plug-in's manifest says: everything that can be known of it without opening it.
struct Manifest {
    static constexpr int kFormat = 1;

    std::uint32_t abi = 0, info_size = 0;  ///< of its PluginInfo
    std::string name, version, stamp;
    std::string library;                    ///< file name, without folder
    std::uint64_t size_bytes = 0;           ///< of the library, as are the next two
    std::int64_t modified_ns = 0;           ///< since the epoch
    std::string hash;                       ///< see file_hash
    std::vector<ComponentInfo> components;  ///< `make` and Option::set are empty
};

/// espalier_x.json for espalier_x.so.
std::filesystem::path manifest_path(const std::filesystem::path& library);

std::string to_json(const Manifest&);
/// @param file the manifest's name in messages. @throws Error: file, what is wrong, remedy.
Manifest parse_manifest(const std::string& json, const std::filesystem::path& file);
/// @throws Error as parse_manifest, or if it cannot be read.
Manifest read_manifest(const std::filesystem::path& file);
/// Writes a temporary file beside it and renames. @throws Error with the system's reason.
void write_manifest(const Manifest&, const std::filesystem::path& file);

/// Fills in library, size_bytes, modified_ns and hash. @throws Error if the library cannot be read.
void describe_file(Manifest&, const std::filesystem::path& library);
/// Whether this manifest describes the library as it is now: same size and time, or else same contents.
bool is_current(const Manifest&, const std::filesystem::path& library);

}  // namespace espalier
