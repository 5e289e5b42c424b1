// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include <memory>

#include "espalier/sdk/conformance.hpp"

#include "expect.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    // what every strategy promises
    expect(conformance::check_strategy(
        [](const Setup& setup) { return std::make_unique<MyPluginComponent>(MyPluginComponent::Options{}, setup); }));

    try {
        MyPluginComponent({}, Setup{});
        expect(false, "an experiment without a reward is refused");
    } catch (const Error&) {
    }
    return failures == 0 ? 0 : 1;
}
