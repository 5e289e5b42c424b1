// SPDX-License-Identifier: Apache-2.0
#include "systolic_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier::cost_models {
namespace {

LayerCost plus(const LayerCost& a, const LayerCost& b)
{
    return {.value = a.value + b.value, .d_in = a.d_in + b.d_in, .d_out = a.d_out + b.d_out};
}

LayerCost times(double factor, const LayerCost& of)
{
    return {.value = factor * of.value, .d_in = factor * of.d_in, .d_out = factor * of.d_out};
}

const LayerCost& larger(const LayerCost& a, const LayerCost& b)
{
    return a.value < b.value ? b : a;
}

/// How far the array is, in cycles.
struct Progress {
    LayerCost loaded, time;

    /// `count` tiles of `load` and `compute` cycles each. In the worst case the array waits for none of them, for the
    /// first or for the last: waiting for one in between is never longer, since both grow by the tile.
    void add(double count, const LayerCost& load, const LayerCost& compute)
    {
        if (count == 0)
            return;
        const LayerCost unhindered = plus(larger(time, plus(loaded, load)), times(count, compute));
        loaded = plus(loaded, times(count, load));
        time = larger(unhindered, plus(loaded, compute));
    }
};

}  // namespace

void SystolicTiles::Options::describe(Describe<Options>& d)
{
    d("rows", &Options::rows, "of the array").range(1, 1e6);
    d("columns", &Options::columns, "of the array").range(1, 1e6);
    d("clock_hz", &Options::clock_hz, "cycles a second").range(1, 1e15);
    d("bandwidth_bytes_per_s", &Options::bandwidth_bytes_per_s, "at which weights are loaded")
        .range(1, std::numeric_limits<double>::infinity());
    d("weight_bytes", &Options::weight_bytes, "of a weight").range(0, 1024);
    d.include<ArrayModel::Options>();
}

SystolicTiles::SystolicTiles(const Options& options, const Setup& setup)
    : ArrayModel{options, options.clock_hz * 1e-3 * options.rows * options.columns, setup}, options_{options}
{
}

LayerCost SystolicTiles::milliseconds(const MatrixProducts& p) const
{
    const double streamed = p.rows * batch();
    const double to_ms = p.count / options_.clock_hz * 1e3;
    if (p.depthwise) {
        const double cycles =
            std::ceil(p.inner / options_.rows) * std::ceil(p.columns / options_.columns) * streamed;  // of one product
        return {.value = to_ms * cycles, .d_in = 0, .d_out = p.d_count / options_.clock_hz * 1e3 * cycles};
    }
    const double load = options_.weight_bytes * options_.clock_hz / options_.bandwidth_bytes_per_s;  // cycles a weight
    const double whole = std::max(0.0, std::ceil(p.columns / options_.columns) - 1);  // before the last one
    const double last = p.columns - whole * options_.columns;
    Progress progress;
    for (double row = 0; row < p.inner; row += options_.rows) {
        const bool partial = p.inner - row <= options_.rows;
        const double r = partial ? p.inner - row : options_.rows, d_r = partial ? p.d_inner : 0;
        const LayerCost compute = larger({.value = streamed}, {.value = r, .d_in = d_r});
        progress.add(whole, {.value = r * options_.columns * load, .d_in = d_r * options_.columns * load}, compute);
        progress.add(last > 0 ? 1 : 0,
                     {.value = r * last * load, .d_in = d_r * last * load, .d_out = r * p.d_columns * load}, compute);
    }
    return times(to_ms, progress.time);
}

}  // namespace espalier::cost_models
