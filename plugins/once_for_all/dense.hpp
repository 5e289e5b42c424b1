// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

#include "npy.hpp"

namespace espalier::once_for_all {

/// y = W x + b for many x. Every sum runs over the inputs in their order, so a result does not depend on how many are
/// computed at once; without fused multiply-add it is the same on every x86-64 processor.
class Dense {
public:
    /// @param weight [outputs, inputs]. @param bias [1, outputs], or empty: zeros. @throws Error if they do not fit.
    Dense(const Matrix& weight, const Matrix& bias);

    std::size_t inputs() const { return inputs_; }
    std::size_t outputs() const { return outputs_; }
    std::size_t stride() const { return stride_; }  ///< from one y to the next
    /// @param x `count` rows of `x_stride` numbers, of which the first inputs() are read.
    /// @param y `count` rows of stride() numbers; those beyond outputs() become 0.
    void operator()(const float* x, std::size_t x_stride, std::size_t count, float* y) const;

private:
    std::size_t inputs_, outputs_, stride_;
    std::vector<float> weights_;  // [stride / kTile][inputs][kTile], zeros beyond outputs
    std::vector<float> bias_;     // [stride]
};

}  // namespace espalier::once_for_all
