// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/plugins/call_memory.hpp"

namespace espalier::host {

/// Whom a component is asked about, as far as a later process needs it to tell of it and to pass over it.
struct AskedAbout {
    std::string_view role;  ///< the component's: "evaluator"
    int round = 0;          ///< how often it has learnt
    std::size_t candidates = 0;
    std::string_view key;                    ///< the component's own, of the first candidate
    std::span<const std::uint16_t> choices;  ///< of the first candidate; empty: a single operator
};

/// While it lives, code of a plug-in runs on this thread: should the process end meanwhile, it can be told in whom.
/// Takes tens of nanoseconds.
class PluginCall {
public:
    /// "evaluator 'table' of plug-in 'cost_models'", "is asked about".
    PluginCall(std::string_view who, std::string_view doing, const AskedAbout& = {}) noexcept;
    ~PluginCall()
    {
        if (slot_ != nullptr)
            slot_->set_used(before_);
    }
    PluginCall(const PluginCall&) = delete;
    PluginCall& operator=(const PluginCall&) = delete;

private:
    CallSlot* slot_;
    std::uint32_t before_ = 0;
};

/// Keeps the calls that are under way in a file while it lives, where they outlive a process that ends in one of them.
/// Then the file is removed. Where it cannot be made, nothing outlives.
class CallsFile {
public:
    /// @param threads that may call plug-ins.
    CallsFile(const std::filesystem::path& file, std::size_t threads);
    ~CallsFile();
    CallsFile(const CallsFile&) = delete;
    CallsFile& operator=(const CallsFile&) = delete;

private:
    std::filesystem::path file_;
    std::span<CallSlot> slots_;
};

/// What a process that ended had left on one of its threads.
struct EndedCall {
    std::string how;         ///< "crashes (Aborted)", "ends the process"; empty: it was ended from outside
    std::string who, doing;  ///< of the innermost call
    std::string role, key;   ///< of the innermost that was asked about somebody; empty: none was
    std::vector<std::uint16_t> choices;
    int round = 0;
    std::size_t candidates = 0;
};
/// Nothing where there is no such file, or a damaged one.
std::vector<EndedCall> ended_calls(const std::filesystem::path& file);

/// The process is about to end for a reason of ours: none of the calls under way is to be blamed.
void blame_no_call() noexcept;

}  // namespace espalier::host
