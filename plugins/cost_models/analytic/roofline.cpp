// SPDX-License-Identifier: Apache-2.0
#include "roofline.hpp"

#include <limits>

namespace espalier::cost_models {

void Roofline::Options::describe(Describe<Options>& d)
{
    d("peak_macs_per_s", &Options::peak_macs_per_s, "multiply-adds a second at most").range(1, 1e24);
    d("bandwidth_bytes_per_s", &Options::bandwidth_bytes_per_s,
      "between memory and processor; .inf: only multiply-adds count")
        .range(1, std::numeric_limits<double>::infinity());
    d("element_bytes", &Options::element_bytes, "of a weight, and of a number in inputs and outputs").range(0, 1024);
    d("published_bytes", &Options::published_bytes,
      "count the output as the U-Boost authors' code does: the kernel's positions in place of the output's");
    d.include<ArrayModel::Options>();
}

Roofline::Roofline(const Options& options, const Setup& setup)
    : ArrayModel{options, options.peak_macs_per_s * 1e-3, setup}, options_{options}
{
}

LayerCost Roofline::milliseconds(const MatrixProducts& p) const
{
    const double compute = batch() / options_.peak_macs_per_s * 1e3;
    const double move = options_.element_bytes / options_.bandwidth_bytes_per_s * 1e3;
    const double positions = options_.published_bytes ? p.kernel : p.rows;
    const double moved = p.weights() + batch() * (p.input_positions * p.width_in + positions * p.width_out);
    if (compute * p.macs() >= move * moved)
        return {.value = compute * p.macs(),
                .d_in = compute * p.rows * p.d_weights_in(),
                .d_out = compute * p.rows * p.d_weights_out()};
    return {.value = move * moved,
            .d_in = move * (p.d_weights_in() + batch() * p.input_positions),
            .d_out = move * (p.d_weights_out() + batch() * positions)};
}

}  // namespace espalier::cost_models
