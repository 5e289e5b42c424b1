// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/evaluation.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// Some examples at once. Data give them on the CPU.
struct ESPALIER_API Batch {
    /// In the order of Data::inputs(), each [n, extents of one example]: floats, or 64-bit integers where the input is
    /// whole numbers.
    std::vector<Tensor> inputs;
    /// What outputs are compared with, [n, ...]: classes, the next words, clicks. The task knows its type and extents.
    Tensor y;

    const Tensor& x() const { return inputs.front(); }
    Batch to(const c10::Device&) const;
};

/// Adds up over batches how well outputs fit.
class ESPALIER_API Score {
public:
    virtual ~Score();
    /// @param outputs [n, extents of the network's output].
    virtual void add(const Tensor& outputs, const Batch&) = 0;
    virtual Metrics metrics() const = 0;  ///< of all that was added, at least one example
};

/// What outputs are for: the loss that training descends and the metrics that scoring gives. Has no state of its own,
/// so one object serves any number of threads. Outputs and batch are on one device.
class ESPALIER_API Task {
public:
    virtual ~Task();
    virtual std::vector<std::string> metrics() const = 0;  ///< what `score` gives, the most telling first
    /// Mean over the batch, a differentiable scalar.
    /// @param label_smoothing in [0, 1): this much of the target is spread over all answers.
    /// @throws Error if the task knows no such smoothing and it is not 0.
    virtual Tensor loss(const Tensor& outputs, const Batch&, double label_smoothing = 0) const = 0;
    /// How far outputs are from a teacher's for the same examples, as `loss` a differentiable scalar.
    /// @param temperature > 0: the higher, the more the teacher's lesser answers count.
    /// @throws Error if the task knows no distillation, as it does unless it says how.
    virtual Tensor distillation(const Tensor& outputs, const Tensor& teacher, double temperature) const;
    virtual std::unique_ptr<Score> score() const = 0;
};

/// One of several classes: outputs [n, classes] are logits, y [n] classes as 64-bit integers. Cross entropy;
/// `top1_pct`, the share of examples, in percent, whose class has the largest logit.
class ESPALIER_API Classification final : public Task {
public:
    std::vector<std::string> metrics() const override { return {"top1_pct"}; }
    Tensor loss(const Tensor& outputs, const Batch&, double label_smoothing = 0) const override;
    Tensor distillation(const Tensor& outputs, const Tensor& teacher, double temperature) const override;
    std::unique_ptr<Score> score() const override;
};

}  // namespace espalier::torch_sdk
