// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/fit.hpp"

#include "espalier/error.hpp"

namespace espalier::torch_sdk {

void require_fit(const SearchSpace& space, const Data& data)
{
    const Architecture first{std::vector<std::uint16_t>(space.decisions().size(), 0)};
    const Network network = space.network(Region(space.canonical(first)));
    const std::vector<Data::Input> given = data.inputs();
    std::size_t taken = 0;
    for (const Layer layer : network) {
        if (layer.op() != Op::input)
            continue;
        if (taken < given.size() && layer.shape() != given[taken].shape)
            throw Error("the networks of the space take " + to_string(layer.shape()) + ", the data are " +
                        to_string(given[taken].shape) + " (`" + given[taken].name + "`)");
        ++taken;
    }
    if (taken != given.size())
        throw Error("the networks of the space have " + std::to_string(taken) + " inputs, the data have " +
                    std::to_string(given.size()));
    if (network.output().shape() != data.output())
        throw Error("the networks of the space give " + to_string(network.output().shape()) + ", the data want " +
                    to_string(data.output()));
}

}  // namespace espalier::torch_sdk
