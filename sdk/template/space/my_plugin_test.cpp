// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include "espalier/counts.hpp"
#include "espalier/sdk/conformance.hpp"

#include "expect.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    const MyPluginComponent space({}, Setup{});

    // what every space promises
    expect(conformance::check_space(space));

    // what this one promises
    const Network small = space.network(Region(space.parse("1,1,1"))),
                  large = space.network(Region(space.parse("5,5,2")));
    expect(params(small) < params(large), "larger kernels have more parameters");
    expect(space.key(space.parse("1,1,1")) == space.key(space.parse("1,5,1")),
           "without a second convolution its kernel changes nothing");
    return failures == 0 ? 0 : 1;
}
