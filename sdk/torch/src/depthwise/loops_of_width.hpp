// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "../tensors/vectors.hpp"
#include "loops.hpp"

// Included by one file for each instruction set, which gives each its own copy of everything.
namespace espalier::torch_sdk::depthwise {
namespace {

inline std::int64_t least(std::int64_t a, std::int64_t b)
{
    return a < b ? a : b;
}

/// Writes zeros for pixels `from` to `to`.
inline void clear(float* row, std::int64_t from, std::int64_t to)
{
    for (std::int64_t x = from; x < to; ++x)
        store(row + x * kWidth, Vector{});
}

/// Copies each vector of pixels that are `next` numbers apart to a plane of its own.
inline void pack(const Channels& channels, const float* in, std::int64_t next, std::int64_t pixels, float* out,
                 std::int64_t plane)
{
    for (std::int64_t x = 0; x < pixels; ++x, in += next, out += kWidth) {
        for (std::int64_t v = channels.begin; v < channels.end; ++v)
            store(out + (v - channels.begin) * plane, load(in + channels.firsts[v]));
    }
}

/// Copies rows of the source with its zeros, a plane for each vector, so that the loops know no border and read few
/// pages and cache lines whatever the number of channels.
inline void pad(const Correlation& c, const Channels& channels, const float* image, std::int64_t first,
                std::int64_t rows, float* out)
{
    const std::int64_t begin = least(c.left, c.columns), end = least(c.left + c.source_width, c.columns);
    const std::int64_t plane = rows * c.columns * kWidth;
    for (std::int64_t row = 0; row < rows; ++row, out += c.columns * kWidth) {
        const std::int64_t y = first + row - c.above;
        const bool inside = y >= 0 && y < c.source_height;
        for (std::int64_t v = 0; v < channels.end - channels.begin; ++v) {
            clear(out + v * plane, 0, inside ? begin : c.columns);
            clear(out + v * plane, inside ? end : c.columns, c.columns);
        }
        if (inside)
            pack(channels, image + y * c.source_width * c.channels, c.channels, end - begin, out + begin * kWidth,
                 plane);
    }
}

inline std::int64_t padded_rows(const Correlation& c, std::int64_t outputs)
{
    return (outputs - 1) * c.row_stride + c.reach;
}

/// `kCount` outputs of a row side by side in registers.
template <int kCount>
inline void outputs(const Correlation& c, const Phase& phase, const float* source, const float* kernel, float* out)
{
    const std::int64_t next = c.column_stride * kWidth, step = c.column_step * c.channels;
    Vector sum[kCount];
    for (int i = 0; i < kCount; ++i)
        sum[i] = Vector{};
    for (std::int64_t t = 0; t < phase.tap_count; ++t) {
        const Vector w = load(kernel + phase.taps[t].kernel);
        const float* in = source + phase.taps[t].source;
        for (int i = 0; i < kCount; ++i)
            sum[i] += w * load(in + i * next);
    }
    for (int i = 0; i < kCount; ++i)
        store(out + i * step, sum[i]);
}

/// Cuts `total` into pieces of at most eight, as even as they can be: what fits into registers, and is enough for them
/// not to wait for each other. Calls work.operator()<piece>(first of it).
template <class Work>
inline void in_pieces(std::int64_t total, const Work& work)
{
    for (std::int64_t first = 0, pieces = (total + 7) / 8; first < total; --pieces) {
        const std::int64_t piece = (total - first + pieces - 1) / pieces;
        switch (piece) {
            case 8:
                work.template operator()<8>(first);
                break;
            case 7:
                work.template operator()<7>(first);
                break;
            case 6:
                work.template operator()<6>(first);
                break;
            case 5:
                work.template operator()<5>(first);
                break;
            case 4:
                work.template operator()<4>(first);
                break;
            case 3:
                work.template operator()<3>(first);
                break;
            case 2:
                work.template operator()<2>(first);
                break;
            default:
                work.template operator()<1>(first);
        }
        first += piece;
    }
}

void correlate(const Correlation& c, const Channels& channels, const float* image, const float* kernel, float* out,
               float* memory)
{
    for (std::int64_t first = 0; first < c.rows; first += c.band) {
        const std::int64_t band = least(c.band, c.rows - first), rows = padded_rows(c, band);
        pad(c, channels, image, first * c.row_stride, rows, memory);
        for (std::int64_t p = 0; p < c.phase_count; ++p) {
            const Phase& phase = c.phases[p];
            for (std::int64_t row = first; row < least(first + band, phase.rows); ++row) {
                const std::int64_t pixel = (phase.first_row + row * c.row_step) * c.width + phase.first_column;
                for (std::int64_t v = channels.begin; v < channels.end; ++v) {
                    const float* const source =
                        memory + ((v - channels.begin) * rows + (row - first) * c.row_stride) * c.columns * kWidth;
                    const float* const weights = kernel + v * c.kernel_size * kWidth;
                    float* const to = out + pixel * c.channels + channels.firsts[v];
                    in_pieces(phase.columns, [&]<int kCount>(std::int64_t x) {
                        outputs<kCount>(c, phase, source + x * c.column_stride * kWidth, weights,
                                        to + x * c.column_step * c.channels);
                    });
                }
            }
        }
    }
}

/// The sums of `kCount` taps in registers, over rows x columns outputs.
template <int kCount>
inline void sums_of(const Correlation& c, const Tap* taps, const float* source, const float* gradient,
                    std::int64_t rows, float* sums)
{
    const std::int64_t columns = c.phases[0].columns, next = c.column_stride * kWidth;
    std::int64_t at[kCount];
    Vector sum[kCount];
    for (int t = 0; t < kCount; ++t) {
        at[t] = taps[t].source;
        sum[t] = Vector{};
    }
    for (std::int64_t row = 0; row < rows; ++row) {
        const float* in = source + row * c.row_stride * c.columns * kWidth;
        for (std::int64_t x = 0; x < columns; ++x, in += next, gradient += kWidth) {
            const Vector g = load(gradient);
            for (int t = 0; t < kCount; ++t)
                sum[t] += g * load(in + at[t]);
        }
    }
    for (int t = 0; t < kCount; ++t)
        store(sums + taps[t].kernel, load(sums + taps[t].kernel) + sum[t]);
}

void accumulate(const Correlation& c, const Channels& channels, const float* image, const float* gradient, float* sums,
                float* memory)
{
    for (std::int64_t first = 0; first < c.rows; first += c.band) {
        const std::int64_t band = least(c.band, c.rows - first), rows = padded_rows(c, band);
        const std::int64_t plane = rows * c.columns * kWidth, pixels = band * c.width;
        float* const packed = memory + (channels.end - channels.begin) * plane;
        pad(c, channels, image, first * c.row_stride, rows, memory);
        pack(channels, gradient + first * c.width * c.channels, c.channels, pixels, packed, pixels * kWidth);
        for (std::int64_t v = channels.begin; v < channels.end; ++v) {
            in_pieces(c.kernel_size, [&]<int kCount>(std::int64_t tap) {
                sums_of<kCount>(c, c.phases[0].taps + tap, memory + (v - channels.begin) * plane,
                                packed + (v - channels.begin) * pixels * kWidth, band,
                                sums + v * c.kernel_size * kWidth);
            });
        }
    }
}

}  // namespace
}  // namespace espalier::torch_sdk::depthwise
