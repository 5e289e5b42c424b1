// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include "espalier/sdk/conformance.hpp"

#include "expect.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    const MyPluginComponent reward({.score = {"top1_pct"}, .cost = {"latency_ms"}, .limit = 10}, Setup{});

    // what every reward promises
    const std::vector<Metrics> examples{{{"top1_pct", 70}, {"latency_ms", 8}}, {{"top1_pct", 75}, {"latency_ms", 12}}};
    expect(conformance::check_reward(reward, examples, std::vector<std::string>{"top1_pct", "latency_ms"}));

    // what this one promises: 12 ms are 20 % above the limit of 10
    expect(reward({{"top1_pct", 75}, {"latency_ms", 12}}) == 75 - (12.0 / 10 - 1), "the reward, by hand");
    expect(reward({{"top1_pct", 75}, {"latency_ms", 8}}) == 75, "nothing is lost below the limit");
    return failures == 0 ? 0 : 1;
}
