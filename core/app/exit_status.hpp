// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace espalier::app {

/// What the command's exit status means.
enum ExitStatus : int {
    kDone = 0,
    kFailed = 1,           ///< while running: the sentence says why; what was computed is kept
    kUsage = 2,            ///< wrong command line or experiment
    kPluginRefused = 3,    ///< a plug-in cannot be used
    kNothingFeasible = 4,  ///< the search ended, and nothing it saw meets the constraints
    kInterrupted = 130,    ///< stopped by a signal; resumable
};

}  // namespace espalier::app
