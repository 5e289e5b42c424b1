// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

namespace espalier::app {

/// A file of sdk/template, which the build puts into the command.
struct TemplateFile {
    const char* path;  ///< below sdk/template, "strategy/my_plugin.hpp"
    const char* text;
};
std::span<const TemplateFile> template_files();

}  // namespace espalier::app
