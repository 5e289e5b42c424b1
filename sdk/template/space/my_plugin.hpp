// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

namespace espalier::my_plugin_plugin {

/// A stem and one or two convolutions of kernel 1, 3 or 5. The second kernel changes nothing where there is one only.
class MyPluginComponent final : public SearchSpace {
public:
    struct Options {
        int channels = 8;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("channels", &Options::channels, "of all convolutions").range(1, 4096);
        }
    };
    /// @throws Error unless the data are images.
    MyPluginComponent(const Options& options, const Setup& setup)
    {
        const Shape image = setup.data != nullptr ? setup.data->input() : Shape{3, 32, 32};
        if (image.size() != 3)
            throw Error("space `my_plugin` needs images, channels x height x width; the data's examples are " +
                        to_string(image));
        const std::size_t classes = setup.data != nullptr ? setup.data->classes() : 10;
        // all networks as one: a `choice` for each decision, and `resolved` does the rest
        const double channels = options.channels;
        std::size_t x = super_.add(Op::input, {}, {{"shape", {image.begin(), image.end()}}});
        x = super_.add(Op::conv, {x}, {{"out", {channels}}, {"kernel", {3}}}, "stem");
        const std::size_t one = kernels(x, 0, channels, "first"), two = kernels(one, 1, channels, "second");
        x = super_.add(Op::choice, {one, two}, {{"decision", {2}}});
        x = super_.add(Op::global_average, {x});
        super_.add(Op::linear, {x}, {{"out", {static_cast<double>(classes)}}}, "classifier");
    }

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override { return resolved(super_, region); }
    /// Which decisions matter to this architecture: the others change neither key nor network.
    std::vector<bool> active(const Architecture& a) const override { return {true, a.choices[2] == 1, true}; }

private:
    std::size_t kernels(std::size_t x, double decision, double channels, const std::string& weights)
    {
        std::vector<std::size_t> options;
        for (const double kernel : {1, 3, 5})
            options.push_back(super_.add(Op::conv, {x}, {{"out", {channels}}, {"kernel", {kernel}}}, weights));
        return super_.add(Op::choice, options, {{"decision", {decision}}});
    }

    const std::vector<Decision> decisions_{{"first kernel", {"1", "3", "5"}, true},
                                           {"second kernel", {"1", "3", "5"}, true},
                                           {"convolutions", {"1", "2"}}};
    Network super_;
};

}  // namespace espalier::my_plugin_plugin
