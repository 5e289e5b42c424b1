// SPDX-License-Identifier: Apache-2.0
#include "systolic_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier::cost_models {

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
    double loaded = 0, time = 0;
    for (double row = 0; row < p.inner; row += options_.rows) {
        const double r = std::min<double>(options_.rows, p.inner - row);
        for (double column = 0; column < p.columns; column += options_.columns) {
            loaded += r * std::min<double>(options_.columns, p.columns - column) * load;
            time = std::max(time, loaded) + std::max(streamed, r);
        }
    }
    return {.value = to_ms * time};
}

}  // namespace espalier::cost_models
