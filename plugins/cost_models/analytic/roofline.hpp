// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "array_model.hpp"

namespace espalier::cost_models {

/// A layer takes as long as its multiply-adds or the bytes that it moves, whichever is longer (Williams, Waterman and
/// Patterson, CACM 2009). Bytes: weights once, input and output of each example. With infinite bandwidth latency is
/// multiply-adds, the "FLOPS" baseline of U-Boost NAS (ECCV 2022, section 4).
class Roofline final : public ArrayModel {
public:
    struct Options : ArrayModel::Options {
        double peak_macs_per_s = 128.0 * 128.0 * 1e9, bandwidth_bytes_per_s = 80e9, element_bytes = 2;
        bool published_bytes = false;
        static void describe(Describe<Options>&);
    };
    Roofline(const Options&, const Setup&);

private:
    LayerCost milliseconds(const MatrixProducts&) const override;
    Options options_;
};

}  // namespace espalier::cost_models
