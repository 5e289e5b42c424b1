// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/plugin.hpp"

namespace espalier {

constexpr const char* kEntryPoint = "espalier_plugin";
using EntryPoint = const PluginInfo* (*)();

/// Why a plug-in with this ABI number and size of PluginInfo cannot be used: file, reason, remedy. Empty: it can.
std::string abi_refusal(const std::filesystem::path& library, std::uint32_t abi, std::uint32_t info_size);

/// Calls the entry point and checks what it returns, front to back: null, ABI, size, then the fields.
/// @throws Error: file, reason, remedy.
const PluginInfo& plugin_info(EntryPoint, const std::filesystem::path& library);

/// Everything the plug-in registers, in its order. @throws Error if it throws, or registers a component twice or
/// without a proper name.
std::vector<ComponentInfo> registered_components(const PluginInfo&, const std::filesystem::path& library);

/// What the dynamic linker's message means: a missing library, a missing symbol, or its own words.
std::string opening_refusal(const std::filesystem::path& library, std::string linker_message);
std::string no_entry_point_refusal(const std::filesystem::path& library);

}  // namespace espalier
