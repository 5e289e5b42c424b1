// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace espalier::host {

/// While one lives, what is written to standard output goes to standard error: plug-ins print among progress and
/// messages, never among results. May be nested, and used from several threads.
class PluginOutput {
public:
    PluginOutput();
    ~PluginOutput();
    PluginOutput(const PluginOutput&) = delete;
    PluginOutput& operator=(const PluginOutput&) = delete;
};

}  // namespace espalier::host
