// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plugin_file/manifest.hpp"

namespace espalier::host {

/// What opening a library told: what its manifest should be, or why it cannot be used.
struct Examined {
    std::optional<Manifest> manifest;
    std::string refusal;
};

/// Opens each library in a child process of its own (the tool espalier-manifest beside this command), several at a
/// time; the answers are in the order of `libraries`. A crash, an exit and a hang are refusals of that one file.
std::vector<Examined> examine_in_children(std::span<const std::filesystem::path> libraries,
                                          std::chrono::milliseconds time_out);

/// ESPALIER_PLUGIN_TIMEOUT_S, or 10 s. @throws Error if it is not a positive number.
std::chrono::milliseconds examination_time_out();

}  // namespace espalier::host
