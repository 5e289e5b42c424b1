// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace espalier::host {

/// Keeps other processes out of a run directory. The file `lock` holds the process id of who has it; the operating
/// system lets go of it when that process ends, however it ends, so a file left behind means nothing.
class RunLock {
public:
    /// @throws Error naming the process that has the directory, or saying why the file cannot be written.
    explicit RunLock(const std::filesystem::path& directory);
    ~RunLock();
    RunLock(RunLock&& other) noexcept : descriptor_{other.descriptor_} { other.descriptor_ = -1; }
    RunLock& operator=(RunLock&&) = delete;

    static bool held(const std::filesystem::path& directory);  ///< whether a process has it now

private:
    int descriptor_ = -1;
};

}  // namespace espalier::host
