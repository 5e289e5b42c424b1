// SPDX-License-Identifier: Apache-2.0
#include "systolic_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier::cost_models {
namespace {

/// How far the array is, in cycles.
struct Progress {
    double loaded = 0, time = 0;

    /// `count` tiles of `load` and `compute` cycles each. In the worst case the array waits for none of them, for the
    /// first or for the last: waiting for one in between is never longer, since both grow by the tile.
    void add(double count, double load, double compute)
    {
        if (count == 0)
            return;
        const double unhindered = std::max(time, loaded + load) + count * compute;
        loaded += count * load;
        time = std::max(unhindered, loaded + compute);
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
    if (p.depthwise)
        return {.value =
                    to_ms * std::ceil(p.inner / options_.rows) * std::ceil(p.columns / options_.columns) * streamed};
    const double load = options_.weight_bytes * options_.clock_hz / options_.bandwidth_bytes_per_s;  // cycles a weight
    const double whole = std::floor(p.columns / options_.columns), rest = p.columns - whole * options_.columns;
    Progress progress;
    for (double row = 0; row < p.inner; row += options_.rows) {
        const double r = std::min<double>(options_.rows, p.inner - row);
        progress.add(whole, r * options_.columns * load, std::max(streamed, r));
        progress.add(rest > 0 ? 1 : 0, r * rest * load, std::max(streamed, r));
    }
    return {.value = to_ms * progress.time};
}

}  // namespace espalier::cost_models
