// SPDX-License-Identifier: Apache-2.0
#include "correlation.hpp"

#include <algorithm>
#include <utility>

namespace espalier::torch_sdk::depthwise {
namespace {

/// Of one pixel, 512 bytes: enough for the processor to see that it is to read ahead.
constexpr std::int64_t kStripe = 128;
/// What the loops work on at a time, 256 KB: half of a core's second cache, or less.
constexpr std::int64_t kCachedFloats = 65'536;

constexpr std::int64_t up(std::int64_t a, std::int64_t b)
{
    return (a + b - 1) / b;
}

struct AxisTap {
    std::int64_t source, kernel;
};

/// Outputs `first`, `first` + step, ...
struct AxisPhase {
    std::int64_t first, count;
    std::vector<AxisTap> taps{};
};

}  // namespace

Stripes::Stripes(std::int64_t channels, std::int64_t width)
    : channels_{channels}, width_{width}, count_{up(up(channels, width), kStripe / width)}
{
    for (std::int64_t first = 0; first < channels; first += width)
        firsts_.push_back(std::min(first, channels - width));
}

// As even as can be: the last vector is never alone, so no two stripes compute the same channel.
Channels Stripes::operator[](std::int64_t stripe) const
{
    return {firsts_.data(), vectors() * stripe / count_, vectors() * (stripe + 1) / count_};
}

/// A `Correlation` along one axis.
struct Plan::Along {
    std::int64_t source, outputs, kernel, stride, step;
    std::vector<AxisPhase> phases{};
    std::int64_t before = 0, reach = 1, count = 0;

    /// Counts the sources of taps from the first zero on.
    void surround()
    {
        for (const AxisPhase& phase : phases) {
            count = std::max(count, phase.count);
            for (const AxisTap& tap : phase.taps)
                before = std::max(before, -tap.source);
        }
        for (AxisPhase& phase : phases) {
            for (AxisTap& tap : phase.taps) {
                tap.source += before;
                reach = std::max(reach, tap.source + 1);
            }
        }
    }

    std::int64_t padded() const { return (count - 1) * stride + reach; }
};

Plan Plan::forward(const Axis& rows, const Axis& columns, const Stripes& stripes)
{
    const auto of = [](const Axis& axis) {
        Along along{axis.in, axis.out, axis.kernel, axis.stride, 1};
        along.phases.push_back({0, axis.out});
        for (std::int64_t k = 0; k < axis.kernel; ++k)
            along.phases[0].taps.push_back({k * axis.dilation - axis.pad, k});
        return along;
    };
    return {of(rows), of(columns), stripes};
}

Plan Plan::input_gradient(const Axis& rows, const Axis& columns, const Stripes& stripes)
{
    const auto of = [](const Axis& axis) {
        Along along{axis.out, axis.in, axis.kernel, 1, axis.stride};
        for (std::int64_t first = 0; first < std::min(axis.stride, axis.in); ++first) {
            along.phases.push_back({first, up(axis.in - first, axis.stride)});
            for (std::int64_t k = 0; k < axis.kernel; ++k) {
                const std::int64_t place = first + axis.pad - k * axis.dilation;
                if (place % axis.stride == 0)
                    along.phases.back().taps.push_back({place / axis.stride, k});
            }
        }
        return along;
    };
    return {of(rows), of(columns), stripes};
}

Plan::Plan(Along rows, Along columns, const Stripes& stripes)
{
    rows.surround();
    columns.surround();
    const std::int64_t width = stripes.width();
    for (const AxisPhase& vertical : rows.phases) {
        for (const AxisPhase& horizontal : columns.phases) {
            std::vector<Tap> taps;
            for (const AxisTap& y : vertical.taps) {
                for (const AxisTap& x : horizontal.taps)
                    taps.push_back({(y.source * columns.padded() + x.source) * width,
                                    (y.kernel * columns.kernel + x.kernel) * width});
            }
            phases_.push_back({vertical.first, horizontal.first, vertical.count, horizontal.count, taps.data(),
                               static_cast<std::int64_t>(taps.size())});
            taps_.push_back(std::move(taps));  // leaves the numbers where they are
        }
    }
    // of the source with its zeros and of the outputs' gradient, for the first row of outputs and for each further one
    const std::int64_t first = rows.reach * columns.padded() + columns.outputs;
    const std::int64_t further = rows.stride * columns.padded() + columns.outputs;
    const std::int64_t fit = std::max<std::int64_t>(0, kCachedFloats / stripes.largest() - first) / further + 1;
    const std::int64_t band = up(rows.count, up(rows.count, fit));
    floats_ = (first + (band - 1) * further) * stripes.largest();
    correlation_ = {.channels = stripes.channels(),
                    .source_height = rows.source,
                    .source_width = columns.source,
                    .width = columns.outputs,
                    .above = rows.before,
                    .left = columns.before,
                    .columns = columns.padded(),
                    .row_stride = rows.stride,
                    .column_stride = columns.stride,
                    .row_step = rows.step,
                    .column_step = columns.step,
                    .reach = rows.reach,
                    .rows = rows.count,
                    .band = band,
                    .kernel_size = rows.kernel * columns.kernel,
                    .phases = phases_.data(),
                    .phase_count = static_cast<std::int64_t>(phases_.size())};
}

}  // namespace espalier::torch_sdk::depthwise
