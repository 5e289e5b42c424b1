// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace espalier::host {

/// The running program's file; everything that is installed with it is found from its folder.
std::filesystem::path own_file();

}  // namespace espalier::host
