// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>

namespace espalier::host {

/// What `ask` returns, or the sentence of the Error that it throws, found by a process of its own: whatever it changes
/// is changed nowhere else. Empty also where that crashes, throws anything else, or takes longer than `limit`: such a
/// component is left to the run, which says where it did.
std::string told_apart(const std::function<std::string()>& ask, std::chrono::steady_clock::duration limit);

}  // namespace espalier::host
