// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace espalier::host {

/// The build stamp of this command; its fact `torch` is the LibTorch that the build found, "none" in a build without.
const std::string& host_stamp();

}  // namespace espalier::host
