// SPDX-License-Identifier: Apache-2.0
#include "systolic.hpp"

#include "smooth_ceiling.hpp"

namespace espalier::cost_models {

void Systolic::Options::describe(Describe<Options>& d)
{
    d("rows", &Options::rows, "of the array").range(1, 1e6).symbol("s_1");
    d("columns", &Options::columns, "of the array").range(1, 1e6).symbol("s_2");
    d("clock_hz", &Options::clock_hz, "cycles a second").range(1, 1e15);
    d("ceiling", &Options::ceiling,
      "hard: whole tiles; smooth: with derivatives by the widths, for differentiable search")
        .one_of({"hard", "smooth"});
    d("first_tile_hard", &Options::first_tile_hard,
      "smooth: a product takes at least one tile (the smooth ceiling of less than 0.3 is far below 1)");
    d.include<ArrayModel::Options>();
}

Systolic::Systolic(const Options& options, const Setup& setup)
    : ArrayModel{options, options.clock_hz * 1e-3 * options.rows * options.columns, setup}, options_{options}
{
}

LayerCost Systolic::milliseconds(const MatrixProducts& p) const
{
    const auto tiles = [this](double x) {
        if (options_.ceiling == "hard")
            return hard_ceiling(x);
        const Slope smooth = smooth_ceiling(x);
        return options_.first_tile_hard && smooth.value < 1 ? Slope{1, 0} : smooth;
    };
    const Slope down = tiles(p.inner / options_.rows);
    const Slope across = p.depthwise ? hard_ceiling(p.columns / options_.columns) : tiles(p.columns / options_.columns);
    const double unit = p.rows * batch() / options_.clock_hz * 1e3;
    return {.value = unit * p.count * down.value * across.value,
            .d_in = unit * p.count * down.derivative * p.d_inner / options_.rows * across.value,
            .d_out = unit * down.value *
                     (p.d_count * across.value + p.count * across.derivative * p.d_columns / options_.columns)};
}

}  // namespace espalier::cost_models
