// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "array_model.hpp"

namespace espalier::cost_models {

/// A weight-stationary systolic array tile by tile, with the loading of weights, which `systolic` leaves out. Tiles are
/// visited column by column within each row of tiles; tile (i, j) has r_i x c_j weights, loaded one after the other and
/// as far ahead as one likes:
///   loaded += r_i c_j bytes / bandwidth,   time = max(time, loaded) + max(product's rows * batch, r_i)   cycles
/// A depthwise convolution takes `rows * batch` cycles for each channel and row of tiles, and loads nothing that
/// counts.
///
/// The derivatives by the widths are those of the last, partial tiles and of their loading, from the left at a whole
/// one. They know nothing of the steps where a tile more begins, which are most of the time: a check on what a search
/// found, and `blackbox`'s subject, rather than a guide.
class SystolicTiles final : public ArrayModel {
public:
    struct Options : ArrayModel::Options {
        int rows = 128, columns = 128;
        double clock_hz = 1e9, bandwidth_bytes_per_s = 80.0 * 1024 * 1024 * 1024, weight_bytes = 1;
        static void describe(Describe<Options>&);
    };
    SystolicTiles(const Options&, const Setup&);

private:
    LayerCost milliseconds(const MatrixProducts&) const override;
    Options options_;
};

}  // namespace espalier::cost_models
