// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

namespace espalier::measured {

/// One measurement at a time on this machine: held by one process, and one of its threads, at once. The system lets go
/// of it when the process ends, however that is.
class MeasuringLock {
public:
    /// Waits until nobody else measures on the device, or `stopped`. The lock is a file in /tmp, whatever
    /// folder this process has for temporary files, which all users may open. @throws Error if there is none to be had.
    MeasuringLock(const std::string& device, const std::function<bool()>& stopped);
    ~MeasuringLock();
    MeasuringLock(const MeasuringLock&) = delete;
    MeasuringLock& operator=(const MeasuringLock&) = delete;

    bool held() const { return held_; }  ///< false: stopped before it was ours

private:
    int file_ = -1;
    bool held_ = false;
};

}  // namespace espalier::measured
