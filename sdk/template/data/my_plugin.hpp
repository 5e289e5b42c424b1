// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/data.hpp"
#include "espalier/setup.hpp"

namespace espalier::my_plugin_plugin {

/// Images of which only the shape is known. Enough for spaces and for costs, which look at no pixel.
class MyPluginComponent final : public Data {
public:
    struct Options {
        int channels = 3, side = 32, classes = 10;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("channels", &Options::channels, "of an image").range(1, 1024);
            d("side", &Options::side, "pixels of its height and its width").range(1, 4096);
            d("classes", &Options::classes, "of labels").range(2, 1e6);
        }
    };
    MyPluginComponent(const Options& options, const Setup&) : options_{options} {}

    std::vector<Input> inputs() const override
    {
        return {{"image", {options_.channels, options_.side, options_.side}}};
    }
    Shape output() const override { return {options_.classes}; }

private:
    Options options_;
};

}  // namespace espalier::my_plugin_plugin
