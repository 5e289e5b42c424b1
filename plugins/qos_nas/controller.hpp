// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/network/weights.hpp"

#include "reinforce.hpp"

namespace espalier::qos_nas {

/// The controller's size. The defaults are InstaNAS', for images of 32 pixels a side.
struct ControllerShape {
    int pool = 1;                                  ///< images are averaged over squares of this side first
    std::vector<std::int64_t> widths{16, 32, 64};  ///< channels of a residual block each; all but the first halve sides
    int hidden = 64;  ///< units that join image and request; 0: none, and no request, which is InstaNAS' own
};

/// A small residual network with the image and, with `hidden`, the two numbers of a request as inputs; the probability
/// of each module as output. Layers "request" and "modules" are those of `request_branch`, so that both can share
/// weights.
/// @throws Error unless it is an image, and large enough.
Network controller_network(const Shape& image, std::int64_t modules, const ControllerShape&);

/// At first most modules are on, p about 0.73, as low frame rates want and the curriculum begins; and the image says
/// nothing, so that what a request branch has learnt alone holds.
torch_sdk::Weights controller_weights(const Network& controller, std::uint64_t seed, const c10::Device&);

/// What looks at images and requests.
class Controller {
public:
    Controller(const Shape& image, std::int64_t modules, const ControllerShape&, std::uint64_t seed,
               const c10::Device&);

    /// [batch, modules]. In training mode with a graph, and statistics move. @param images as the data give them.
    /// @param numbers [batch, 2], of `request_numbers`.
    Tensor probabilities(const Tensor& images, const Tensor& numbers, torch_sdk::Mode);

    const Network& network() const { return network_; }
    torch_sdk::Weights& weights() { return weights_; }
    const torch_sdk::Weights& weights() const { return weights_; }

    /// File "controller" in `folder`. @throws Error naming it.
    void save(const std::string& folder) const;
    void load(const std::string& folder);

private:
    Network network_;
    torch_sdk::Weights weights_;
};

}  // namespace espalier::qos_nas
