// SPDX-License-Identifier: Apache-2.0
#include "dense.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "espalier/error.hpp"

namespace espalier::once_for_all {
namespace {

constexpr std::size_t kLanes = 8, kTile = 2 * kLanes, kRows = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

/// One tile of kTile outputs for rows `R` of the input, in registers; unrolled by the fold over R. Inlined into callers
/// for different processors.
template <std::size_t... R>
// NOLINTNEXTLINE(readability-function-size): nothing of it is ever passed
[[gnu::always_inline]] inline void tile(std::index_sequence<R...>, const float* weights, const float* bias,
                                        std::size_t inputs, const float* x, std::size_t x_stride, float* y,
                                        std::size_t y_stride)
{
    Lanes low[sizeof...(R)], high[sizeof...(R)], low_weights, high_weights;
    (std::memcpy(&low[R], bias, sizeof(Lanes)), ...);
    (std::memcpy(&high[R], bias + kLanes, sizeof(Lanes)), ...);
    for (std::size_t k = 0; k < inputs; ++k) {
        std::memcpy(&low_weights, weights + k * kTile, sizeof(Lanes));
        std::memcpy(&high_weights, weights + k * kTile + kLanes, sizeof(Lanes));
        ((low[R] += low_weights * x[R * x_stride + k], high[R] += high_weights * x[R * x_stride + k]), ...);
    }
    (std::memcpy(y + R * y_stride, &low[R], sizeof(Lanes)), ...);
    (std::memcpy(y + R * y_stride + kLanes, &high[R], sizeof(Lanes)), ...);
}

struct Product {
    const float *weights, *bias, *x;
    float* y;
    std::size_t inputs, stride, x_stride, count;
};

[[gnu::always_inline]] inline void multiply(const Product& p)
{
    for (std::size_t o = 0; o < p.stride; o += kTile) {
        const float* const weights = p.weights + o * p.inputs;
        std::size_t row = 0;
        for (; row + kRows <= p.count; row += kRows)
            tile(std::make_index_sequence<kRows>{}, weights, p.bias + o, p.inputs, p.x + row * p.x_stride, p.x_stride,
                 p.y + row * p.stride + o, p.stride);
        for (; row < p.count; ++row)
            tile(std::index_sequence<0>{}, weights, p.bias + o, p.inputs, p.x + row * p.x_stride, p.x_stride,
                 p.y + row * p.stride + o, p.stride);
    }
}

void multiply_anywhere(const Product& p)
{
    multiply(p);
}

#if defined(__x86_64__)
/// Twice the lanes at once, the same sums: AVX2 without FMA rounds as SSE2 does.
[[gnu::target("avx2")]] void multiply_avx2(const Product& p)
{
    multiply(p);
}

void multiply_here(const Product& p)
{
    static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
    avx2 ? multiply_avx2(p) : multiply_anywhere(p);
}
#else
void multiply_here(const Product& p)
{
    multiply_anywhere(p);
}
#endif

}  // namespace

Dense::Dense(const Matrix& weight, const Matrix& bias)
    : inputs_{weight.columns}, outputs_{weight.rows}, stride_{(weight.rows + kTile - 1) / kTile * kTile}
{
    if (!bias.values.empty() && bias.values.size() != outputs_)
        throw Error("a layer of " + std::to_string(outputs_) + " outputs has " + std::to_string(bias.values.size()) +
                    " biases");
    weights_.assign(stride_ * inputs_, 0);
    bias_.assign(stride_, 0);
    std::copy(bias.values.begin(), bias.values.end(), bias_.begin());
    for (std::size_t o = 0; o < outputs_; ++o)
        for (std::size_t k = 0; k < inputs_; ++k)
            weights_[(o / kTile * inputs_ + k) * kTile + o % kTile] = weight.values[o * inputs_ + k];
}

void Dense::operator()(const float* x, std::size_t x_stride, std::size_t count, float* y) const
{
    multiply_here({weights_.data(), bias_.data(), x, y, inputs_, stride_, x_stride, count});
}

}  // namespace espalier::once_for_all
