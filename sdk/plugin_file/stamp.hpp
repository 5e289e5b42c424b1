// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace espalier {

/// One fact of a stamp ("sanitizer", "torch", ...); empty where the stamp has none of that name.
std::string stamp_fact(std::string_view stamp, std::string_view fact);

/// Why a plug-in with this stamp cannot share a process with one of `host`: C++ library, string ABI, debug mode,
/// sanitizer. The rest of a sentence that begins with the file, with the remedy; empty: nothing against it. LibTorch,
/// compiler and build type are not compared.
std::string stamp_conflict(std::string_view plugin, std::string_view host);

/// The same for LibTorch, against the version that `expected_by` already uses.
std::string torch_conflict(std::string_view plugin_stamp, std::string_view expected, const std::string& expected_by);

}  // namespace espalier
