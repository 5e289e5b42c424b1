// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace espalier::host {

/// From now on a plug-in that ends the process, by a signal or an exit of its own, is named on standard error, and in
/// the run's file of calls. The exit status is that of the signal, or 1.
void tell_of_crashes();

/// To be called where the process is about to exit, see `tell_of_crashes`. Comes back unless that is a plug-in's doing.
void refuse_exit_of_plugin();

/// What to do about a crash, for the sentence: "what was computed is kept; ...". Empty: there is no run to go on with.
void set_crash_advice(std::string);

/// "crashes (Segmentation fault)", "ends the process". @param ended CallSlot::ended
std::string how_it_ends(std::int32_t ended);

}  // namespace espalier::host
