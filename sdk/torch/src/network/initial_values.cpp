// SPDX-License-Identifier: Apache-2.0
#include "initial_values.hpp"

#include <cmath>
#include <string>

#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/generator.hpp"

namespace espalier::torch_sdk {
namespace {

at::IntArrayRef extents(const Shape& shape)
{
    return {shape.begin(), shape.size()};
}

/// The connections of one output (in) and of one input (out), as LibTorch counts them: [out, in / groups, kernel...].
double fan_in(const Shape& weight)
{
    return static_cast<double>(weight.elements()) / static_cast<double>(weight[0]);
}

double fan_out(const Shape& weight)
{
    return static_cast<double>(weight.elements()) / static_cast<double>(weight[1]);
}

/// Makes the tensors of one name in order: a bias goes on where the weight before it ended.
class Drawer {
public:
    Drawer(const std::string& name, const Initialisation& initialisation, std::uint64_t seed, at::ScalarType dtype)
        : name_{name}, initialisation_{initialisation}, seed_{seed}, dtype_{dtype}
    {
    }

    Tensor operator()(const WeightShape& tensor)
    {
        using Start = WeightShape::Start;
        switch (tensor.start) {
            case Start::convolution:
                // drawn in one order, so that the layout does not change the values
                return weight(tensor, initialisation_.convolution).contiguous(at::MemoryFormat::ChannelsLast);
            case Start::linear:
                return weight(tensor, initialisation_.linear);
            case Start::bias:
                return bound_ > 0 ? at::empty(extents(tensor.shape), dtype_).uniform_(-bound_, bound_, random_)
                                  : at::zeros(extents(tensor.shape), dtype_);
            case Start::zeros:
                return at::zeros(extents(tensor.shape), dtype_);
            case Start::ones:
                return at::ones(extents(tensor.shape), dtype_);
            case Start::identity:
                return at::eye(tensor.shape[0], dtype_);
            case Start::mean:
            case Start::variance:
                break;
        }
        return {};
    }

private:
    Tensor weight(const WeightShape& tensor, Initialisation::Kind kind)
    {
        using Kind = Initialisation::Kind;
        random_ = generator(seed_, tensor.name == "weight" ? name_ : name_ + "." + tensor.name);
        bound_ = kind == Kind::uniform ? 1 / std::sqrt(fan_in(tensor.shape)) : 0;
        const Tensor made = at::empty(extents(tensor.shape), dtype_);
        if (kind == Kind::uniform)
            return made.uniform_(-bound_, bound_, random_);
        const double fan = kind == Kind::kaiming_fan_in ? fan_in(tensor.shape) : fan_out(tensor.shape);
        return made.normal_(0, std::sqrt(2 / fan), random_);
    }

    const std::string& name_;
    const Initialisation& initialisation_;
    std::uint64_t seed_;
    at::ScalarType dtype_;
    at::Generator random_;  // of the last weight
    double bound_ = 0;      // of the last weight if it is uniform
};

}  // namespace

std::vector<Tensor> initial_values(const NamedWeights& named, const Initialisation& initialisation, std::uint64_t seed,
                                   at::ScalarType dtype)
{
    Drawer draw(named.name, initialisation, seed, dtype);
    std::vector<Tensor> made;
    for (const WeightShape& tensor : named.tensors)
        made.push_back(draw(tensor));
    return made;
}

}  // namespace espalier::torch_sdk
