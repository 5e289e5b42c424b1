// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "host/experiment/experiment.hpp"

namespace espalier::host {

/// Sets one key each, in order. A value is YAML: `5`, `table`, `{use: macs}`. Its map or list must exist; the last key
/// may be new, also the index after the end of a list, and a section such as `budget` is made. Whatever is wrong with
/// the value later is reported as "--set strategy.epochs: ..."; its relative paths are relative to the working
/// directory, as paths on a command line are.
void apply_overrides(Config& root, std::span<const Override>, Diagnostics&);

}  // namespace espalier::host
