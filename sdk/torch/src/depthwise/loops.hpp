// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// Plain data and nothing of the standard library that has code: what is compiled for an instruction set that a machine
// may lack must leave no function behind that the linker could take for everybody's.
namespace espalier::torch_sdk::depthwise {

/// A number of the kernel and where it reads the source, both in floats: from the source of output (0, 0) of its phase,
/// and from the first number of the kernel.
struct Tap {
    std::int64_t source = 0, kernel = 0;
};

/// Outputs that read through the same taps: rows x columns of them, every so many pixels from the first on.
struct Phase {
    std::int64_t first_row = 0, first_column = 0, rows = 0, columns = 0;
    const Tap* taps = nullptr;
    std::int64_t tap_count = 0;
};

/// Images of `source_height` x `source_width` pixels to images `width` wide, both channels_last: each output is the sum
/// over its phase's taps of source times kernel. Around the source lie zeros.
struct Correlation {
    std::int64_t channels = 0, source_height = 0, source_width = 0, width = 0;
    std::int64_t above = 0, left = 0;                ///< zeros before the source's first row and column
    std::int64_t columns = 0;                        ///< of the source with its zeros
    std::int64_t row_stride = 1, column_stride = 1;  ///< of the source, from output to output of a phase
    std::int64_t row_step = 1, column_step = 1;      ///< of the outputs of a phase, in the image of outputs
    std::int64_t reach = 1;                          ///< rows of the source that one row of outputs may read
    std::int64_t rows = 0, band = 1;  ///< of the largest phase; how many are computed from one padded copy
    std::int64_t kernel_size = 1;     ///< numbers of the kernel
    const Phase* phases = nullptr;
    std::int64_t phase_count = 0;
};

/// Vectors of channels, and those of them that are computed together, `begin` to `end`, which makes better use of
/// memory than one at a time. Where the channels are no multiple of a vector the last one overlaps that before it; what
/// is computed twice is the same.
struct Channels {
    const std::int64_t* firsts = nullptr;  ///< the first channel of each vector
    std::int64_t begin = 0, end = 0;
};

/// The inner loops, compiled for one instruction set. A kernel has `kernel_size` vectors for each vector of channels.
struct Loops {
    std::int64_t width;  ///< channels of a vector
    /// Correlates one image.
    /// @param memory Plan::floats() numbers, aligned as LibTorch aligns.
    void (*correlate)(const Correlation&, const Channels&, const float* image, const float* kernel, float* out,
                      float* memory);
    /// Adds to `sums`, laid out as a kernel, the sum over all outputs of `gradient` times the source of each tap.
    /// @param correlation of one phase whose taps are the kernel's numbers in order.
    void (*accumulate)(const Correlation& correlation, const Channels&, const float* image, const float* gradient,
                       float* sums, float* memory);
};

extern const Loops kLoops;
#ifdef __x86_64__
extern const Loops kLoopsAvx2, kLoopsAvx512;
#endif

}  // namespace espalier::torch_sdk::depthwise
