// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "host/calls/observer.hpp"
#include "host/experiment/components.hpp"
#include "host/store/store.hpp"

namespace espalier::host {

/// The file of a run in which the calls under way outlive the process.
std::filesystem::path calls_file(const RunStore&);

/// What the process that last worked on the run had under way when it ended. A candidate in whose evaluation a
/// component ended the process is asked about once more, and has failed when that happens again, unless failures are to
/// end the run. Of several nobody knows which it was: from now on they are asked about one at a time. Everything is
/// told.
void settle_fatal_calls(const Experiment&, const Components&, RunStore&, Observer&);

/// Whether a batch of this component, or workers side by side (role ""), once hung or ended the process.
bool asked_alone(const RunStore&, const std::string& role);
void ask_alone(RunStore&, const std::string& role, const std::string& why);

}  // namespace espalier::host
