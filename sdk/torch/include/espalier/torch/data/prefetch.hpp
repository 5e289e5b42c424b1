// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>

#include "espalier/torch/data/data.hpp"

namespace espalier::torch_sdk {

/// The batches of an epoch, bit for bit, prepared on a thread of its own up to two ahead.
class ESPALIER_API Prefetch {
public:
    explicit Prefetch(Epoch);
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;
    ~Prefetch();

    /// Waits for the next one; none at the end. @throws what preparing it threw.
    std::optional<Batch> next();
    std::int64_t batches() const;  ///< of the whole epoch
    double waited_s() const;       ///< how long `next` has waited in all

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace espalier::torch_sdk
