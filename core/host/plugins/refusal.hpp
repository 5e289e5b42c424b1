// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "plugin_file/manifest.hpp"

namespace espalier::host {

// Why a plug-in cannot be used: a sentence with file, reason and remedy; empty: nothing against it.

/// Whether root would run what others may change: the library, its manifest or a folder above them belongs to somebody
/// else than root or the command's owner, or is writable by group or everybody. Asked of any user, the answer is empty.
std::string permission_refusal(const std::filesystem::path& library);

/// What a library's bytes say before anything is opened: ELF header, build stamp.
std::string file_refusal(const std::filesystem::path& library);

/// What a manifest says: ABI, size of the descriptor, build stamp. LibTorch is compared among all plug-ins, elsewhere.
std::string manifest_refusal(const Manifest&, const std::filesystem::path& library);

}  // namespace espalier::host
