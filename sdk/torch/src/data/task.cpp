// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/task.hpp"

#include "espalier/error.hpp"
#include "espalier/torch/training/loss.hpp"

namespace espalier::torch_sdk {
namespace {

class Top1 final : public Score {
public:
    void add(const Tensor& outputs, const Batch& batch) override
    {
        right_ += correct(outputs, batch.y);
        examples_ += batch.y.size(0);
    }
    Metrics metrics() const override
    {
        return {{"top1_pct", 100.0 * static_cast<double>(right_) / static_cast<double>(examples_)}};
    }

private:
    std::int64_t right_ = 0, examples_ = 0;
};

}  // namespace

Score::~Score() = default;
Task::~Task() = default;

Tensor Task::distillation(const Tensor&, const Tensor&, double) const
{
    throw Error("the data's task knows no distillation");
}

Batch Batch::to(const c10::Device& device) const
{
    Batch moved{{}, y.to(device)};
    for (const Tensor& input : inputs)
        moved.inputs.push_back(input.to(device));
    return moved;
}

Tensor Classification::loss(const Tensor& outputs, const Batch& batch, double label_smoothing) const
{
    return cross_entropy(outputs, batch.y, label_smoothing);
}

Tensor Classification::distillation(const Tensor& outputs, const Tensor& teacher, double temperature) const
{
    return soft_cross_entropy(outputs, teacher, temperature);
}

std::unique_ptr<Score> Classification::score() const
{
    return std::make_unique<Top1>();
}

}  // namespace espalier::torch_sdk
