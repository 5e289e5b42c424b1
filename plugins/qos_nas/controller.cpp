// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"

#include <array>
#include <utility>

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/tensors.hpp"

namespace espalier::qos_nas {
namespace {

class ControllerBuilder {
public:
    explicit ControllerBuilder(Network& n) : n_{n} {}

    std::size_t convolution(std::size_t x, std::int64_t out, int stride, const std::string& name)
    {
        const std::size_t y = n_.add(
            Op::conv, {x},
            {{"out", {static_cast<double>(out)}}, {"kernel", {3}}, {"stride", {static_cast<double>(stride)}}}, name);
        return n_.add(Op::batch_norm, {y}, {}, name + ".bn");
    }
    /// Means over squares of this side, one beside the other.
    std::size_t pooled(std::size_t x, int side)
    {
        if (side == 1)
            return x;
        const auto s = static_cast<double>(side);
        return n_.add(Op::avg_pool, {x}, {{"kernel", {s}}, {"stride", {s}}, {"pad", {0}}});
    }
    std::size_t block(std::size_t x, std::int64_t out, int stride, const std::string& name)
    {
        const std::size_t first = n_.add(Op::relu, {convolution(x, out, stride, name + ".1")});
        const std::size_t second = n_.add(Op::relu6, {convolution(first, out, 1, name + ".2")});
        return n_.add(Op::relu, {n_.add(Op::add, {second, shortcut(x, out, stride)})});
    }

private:
    /// The input, averaged by the stride, with channels of zeros behind its own.
    std::size_t shortcut(std::size_t x, std::int64_t out, int stride)
    {
        const std::size_t y = stride == 1 ? x : halved(x);
        Shape missing = n_[y].shape();
        missing[0] = out - missing[0];
        if (missing[0] == 0)
            return y;
        const std::size_t zeros = n_.add(Op::zeros, {}, {{"shape", {missing.begin(), missing.end()}}});
        return n_.add(Op::concat, {y, zeros});
    }
    /// As wide and high as a convolution with stride 2 leaves it: of odd sides the means overlap.
    std::size_t halved(std::size_t x)
    {
        std::vector<double> kernel, pad;
        for (const std::size_t axis : {1, 2}) {
            const bool odd = n_[x].shape()[axis] % 2 == 1;
            kernel.push_back(odd ? 3 : 2);
            pad.push_back(odd ? 1 : 0);
        }
        return n_.add(Op::avg_pool, {x}, {{"kernel", kernel}, {"stride", {2}}, {"pad", pad}});
    }

    Network& n_;
};

}  // namespace

Network controller_network(const Shape& image, std::int64_t modules, const ControllerShape& shape)
{
    if (image.size() != 3)
        throw Error("the controller looks at images, the data are " + to_string(image));
    Network n;
    ControllerBuilder build(n);
    const std::size_t pixels = n.add(Op::input, {}, {{"shape", {image.begin(), image.end()}}});
    const std::size_t numbers = shape.hidden == 0 ? 0 : n.add(Op::input, {}, {{"shape", {2}}});
    std::size_t x = build.pooled(pixels, shape.pool);
    x = n.add(Op::relu, {build.convolution(x, shape.widths.front(), 1, "stem")});
    for (std::size_t i = 0; i < shape.widths.size(); ++i)
        x = build.block(x, shape.widths[i], i == 0 ? 1 : 2, "block" + std::to_string(i + 1));
    x = n.add(Op::global_average, {x});
    if (shape.hidden > 0) {
        const Attributes hidden{{"out", {static_cast<double>(shape.hidden)}}};
        const std::size_t said = n.add(Op::linear, {numbers}, hidden, "request");
        Attributes unbiased = hidden;
        unbiased["bias"] = {0};
        x = n.add(Op::relu, {n.add(Op::add, {said, n.add(Op::linear, {x}, unbiased, "image")})});
    }
    n.add(Op::sigmoid, {n.add(Op::linear, {x}, {{"out", {static_cast<double>(modules)}}}, "modules")});
    return n;
}

torch_sdk::Weights controller_weights(const Network& controller, std::uint64_t seed, const c10::Device& device)
{
    torch_sdk::Weights weights(controller, {}, seed, at::kFloat, device);
    const c10::NoGradGuard no_graph;
    weights.at("modules.bias").fill_(1);
    for (const torch_sdk::NamedTensor& tensor : weights.tensors())
        if (tensor.name == "image.weight")
            tensor.value.zero_();
    return weights;
}

Controller::Controller(const Shape& image, std::int64_t modules, const ControllerShape& shape, std::uint64_t seed,
                       const c10::Device& device)
    : network_{controller_network(image, modules, shape)}, weights_{controller_weights(network_, seed, device)}
{
}

Tensor Controller::probabilities(const Tensor& images, const Tensor& numbers, torch_sdk::Mode mode)
{
    const bool training = mode == torch_sdk::Mode::train;
    const c10::AutoGradMode graph(training && c10::GradMode::is_enabled());
    const std::array<Tensor, 2> inputs{images, numbers.to(images.device(), weights_.dtype())};
    return torch_sdk::forward(network_, weights_, inputs,
                              {.mode = mode, .statistics = training ? &weights_.statistics() : nullptr});
}

void Controller::save(const std::string& folder) const
{
    std::vector<std::pair<std::string, Tensor>> named;
    for (const torch_sdk::NamedTensor& tensor : weights_.tensors())
        named.emplace_back(tensor.name, tensor.value);
    torch_sdk::save_tensors(folder + "/controller", named);
}

void Controller::load(const std::string& folder)
{
    weights_.assign(torch_sdk::load_tensors(folder + "/controller"));
}

}  // namespace espalier::qos_nas
