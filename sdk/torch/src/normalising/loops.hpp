// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// Plain data, as of depthwise/loops.hpp and for the same reason.
namespace espalier::torch_sdk::normalising {

/// Numbers of channels_last images, one behind the other. What is said of channels has `period` numbers, for place 0 to
/// `period` - 1, and again from there; `period` is a multiple of the channels and of four vectors.
struct Images {
    std::int64_t count = 0, period = 0;
};

/// y = x * scale + offset, kept between two numbers. Both ends count as outside: there the gradient is 0.
struct Affine {
    const float *scale = nullptr, *offset = nullptr;
    float low = 0, high = 0;
};

/// The inner loops, compiled for one instruction set.
struct Loops {
    std::int64_t width;  ///< numbers of a vector
    /// Adds to `sums` x - shift, to `squares` its square.
    void (*moments)(const Images&, const float* x, const float* shift, float* sums, float* squares);
    void (*apply)(const Images&, const float* x, const Affine&, float* y);
    /// Adds to `sums` the gradient g before the bounds, to `products` g * (x - shift).
    void (*gradient_sums)(const Images&, const float* x, const float* gradient, const Affine&, const float* shift,
                          float* sums, float* products);
    /// dx = scale * g + slope * x + constant.
    void (*input_gradient)(const Images&, const float* x, const float* gradient, const Affine&, const float* slope,
                           const float* constant, float* dx);
};

extern const Loops kLoops;
#ifdef __x86_64__
extern const Loops kLoopsAvx2, kLoopsAvx512;
#endif

}  // namespace espalier::torch_sdk::normalising
