// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace espalier::torch_sdk {

/// Threads that work side by side and sleep while there is nothing to do.
class Replicas {
public:
    /// @param count how many, the caller's thread included. @param threads of LibTorch's for each.
    Replicas(int count, int threads);
    Replicas(Replicas&&) noexcept;
    ~Replicas();

    std::size_t count() const;
    /// Calls `work` with 0 (on the caller's thread), 1, ..., count - 1 at once; returns when all have ended.
    /// @throws what the first of them, by number, threw.
    void each(const std::function<void(std::size_t)>& work);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace espalier::torch_sdk
