// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

/// One convolution, of kernel 1 or 3, on an image of 8 x 8 with 4 channels: small enough to be computed by hand.
class OneConvolution final : public espalier::SearchSpace {
public:
    std::span<const espalier::Decision> decisions() const override { return decisions_; }
    espalier::Network network(const espalier::Region& region) const override
    {
        if (!region.single())
            throw espalier::Error("this space builds single architectures only");
        const double kernel = region.options(0)[0] == 0 ? 1 : 3;
        espalier::Network network;
        const std::size_t image = network.add(espalier::Op::input, {}, {{"shape", {4, 8, 8}}});
        network.add(espalier::Op::conv, {image}, {{"kernel", {kernel}}, {"pad", {(kernel - 1) / 2}}, {"out", {4}}},
                    "conv");
        return network;
    }

private:
    std::vector<espalier::Decision> decisions_{{"kernel", {"1", "3"}, true}};
};

/// Nobody stops the work or wants to know of it.
class Undisturbed final : public espalier::Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, espalier::Phase&) override {}
};
