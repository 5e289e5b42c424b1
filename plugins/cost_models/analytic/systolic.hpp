// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "array_model.hpp"

namespace espalier::cost_models {

/// A weight-stationary systolic array (Yüzügüler et al., U-Boost NAS, ECCV 2022, equations 3 to 7): a matrix product's
/// weights are cut into tiles of rows x columns, and each takes as many cycles as the product has rows:
///   cycles = count * ceil(inner / rows) * ceil(columns / columns of the array) * (product's rows) * batch
/// A depthwise convolution uses one column, one channel after the other. With `ceiling: smooth` the ceilings have
/// derivatives (smooth_ceiling), but for a depthwise one's single column.
class Systolic final : public ArrayModel {
public:
    struct Options : ArrayModel::Options {
        int rows = 128, columns = 128;
        double clock_hz = 1e9;
        std::string ceiling = "hard";
        bool first_tile_hard = false;
        static void describe(Describe<Options>&);
    };
    Systolic(const Options&, const Setup&);

private:
    LayerCost milliseconds(const MatrixProducts&) const override;
    Options options_;
};

}  // namespace espalier::cost_models
