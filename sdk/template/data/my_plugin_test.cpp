// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include "expect.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    const MyPluginComponent data({.channels = 1, .side = 28, .classes = 7}, Setup{});
    expect(data.input() == Shape{1, 28, 28}, "the shape of an image");
    expect(data.classes() == 7, "one output for each class");
    return failures == 0 ? 0 : 1;
}
