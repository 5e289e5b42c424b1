// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

namespace espalier {

/// Why this file cannot be a shared library of this machine, from its ELF header alone: a text file, truncated, another
/// architecture, a program. The sentence begins with the file's name; empty: nothing against it.
std::string elf_refusal(const std::filesystem::path& file);

/// The build stamp that ESPALIER_PLUGIN left among the file's constants, found without opening it as a library; empty
/// where there is none. @throws Error if the file cannot be read.
std::string stamp_in_file(const std::filesystem::path& file);

}  // namespace espalier
