// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// What a device's time depends on, of one network and one example.
struct DeviceWork {
    double depthwise3 = 0, depthwise5 = 0, depthwise7 = 0;  ///< multiply-adds of depthwise convolutions, by kernel
    double dense = 0;                                       ///< multiply-adds of other convolutions and linear layers
    double moved = 0;                                       ///< numbers read and written, weights included
    double shuffled = 0;                                    ///< twice the outputs of concatenations
    double kernels = 0;                                     ///< convolutions and linear layers
    double gates = 0;                                       ///< squeeze and excite
};

/// Of a plain network:
/// - a convolution moves its inputs, outputs and weights; before the first and behind the last marked block, where a
///   device keeps the weights, inputs and outputs only; linear layers move nothing that counts;
/// - a sum moves its inputs and its output;
/// - squeeze and excite, the layers between a global mean and the product that it gates, counts as two kernels and a
///   gate, and moves the outputs of its block twice.
/// @throws Error for depthwise kernels other than 1, 3, 5 and 7.
DeviceWork device_work(const Network&);

/// Latency on a made-up device: a weighted sum of DeviceWork, with weights that make hardware-specific search spaces
/// come out as in Zhang et al., "Fast Hardware-Aware Neural Architecture Search", CVPR Workshops 2020 (HURRICANE),
/// table 1: a DSP that punishes depthwise kernels larger than 3, a CPU bound by multiply-adds and memory, a VPU that
/// punishes squeeze and excite. For tests and studies where no such device is at hand; no device has been measured.
class DeviceProfile final : public CostModel {
public:
    struct Options {
        std::string device, as = "latency_ms";
        static void describe(Describe<Options>&);
    };
    DeviceProfile(const Options&, const Setup&);
    std::vector<std::string> metrics() const override { return {options_.as}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

private:
    Options options_;
};

}  // namespace espalier::cost_models
