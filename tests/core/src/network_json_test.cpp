// SPDX-License-Identifier: Apache-2.0
#include "espalier/network_json.hpp"

#include <array>
#include <limits>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "network_cells.hpp"
#include "network_parts.hpp"

namespace espalier {
namespace {

using namespace testing;

constexpr std::size_t kDecisions = 3, kOptions = 3;

double one_of(Rng& rng, std::initializer_list<double> values)
{
    return values.begin()[rng.below(values.size())];
}

/// Attributes that `op` may have; some do not fit the layer's inputs.
Attributes some_attributes(Op op, std::size_t inputs, Rng& rng)
{
    Attributes all;
    const auto sometimes = [&](const char* key, std::initializer_list<double> values) {
        if (rng.below(2) == 0)
            all[key] = {one_of(rng, values)};
    };
    if (op == Op::conv || op == Op::linear)
        all["out"] = {one_of(rng, {2, 4, 8})}, sometimes("bias", {0, 1});
    if (op == Op::conv)
        sometimes("groups", {1, 2, 4}), sometimes("stride", {1, 2}), sometimes("dilation", {1, 2});
    if (op == Op::conv || op == Op::max_pool || op == Op::avg_pool)
        all["kernel"] = {one_of(rng, {1, 2, 3}), one_of(rng, {1, 3})};
    if (op == Op::batch_norm || op == Op::layer_norm)
        sometimes("affine", {0, 1}), all["eps"] = {rng.uniform() * 1e-3};
    if (op == Op::dropout)
        all["rate"] = {rng.uniform()};
    if (op == Op::slice || op == Op::concat)
        sometimes("axis", {0, 1, 2});
    if (op == Op::slice)
        sometimes("begin", {1, 2}), sometimes("step", {1, 2});
    if (op == Op::channel_shuffle)
        all["groups"] = {2};
    if (op == Op::add)
        sometimes("project", {0, 1}), sometimes("mean", {0, 1});
    if (op == Op::global_average)
        sometimes("keep", {0, 1});
    if (op == Op::zeros || op == Op::input)
        all["shape"] = {one_of(rng, {4, 8}), 6, 6};
    if (op == Op::choice || op == Op::channel_mask)
        all["decision"] = {static_cast<double>(rng.below(kDecisions))};
    if (op == Op::channel_mask)
        all["widths"] = {1, one_of(rng, {2, 3}), 4};
    if (op == Op::choice && inputs < kOptions)
        all["options"] = inputs == 1 ? std::vector<double>{one_of(rng, {0, 1, 2})} : std::vector<double>{0, 2};
    return all;
}

/// Layers of all kinds as they happen to fit; several share their weights.
Network random_network(Rng& rng)
{
    Network n;
    input(n, {4, 6, 6});
    while (n.size() < 30) {
        const auto op = static_cast<Op>(rng.below(static_cast<std::size_t>(Op::channel_mask) + 1));
        std::vector<std::size_t> inputs;
        for (std::size_t i = 1 + rng.below(3); i > 0 && op != Op::input && op != Op::zeros; --i)
            inputs.push_back(n.size() - 1 - rng.below(std::min<std::size_t>(n.size(), 6)));
        if (op < Op::concat && op != Op::add && op != Op::multiply)
            inputs.resize(std::min<std::size_t>(inputs.size(), 1));
        const bool named = rng.below(2) == 0;
        std::string weights = named ? std::string(name(op)) + std::to_string(rng.below(2)) : "";
        try {
            if (op == Op::custom)
                n.add_custom("conv", inputs, {4, 6, 6}, {{"any", {rng.normal() * 1e-7, -0.0, 1e300}}}, weights);
            else
                n.add(op, inputs, some_attributes(op, inputs.size(), rng), std::move(weights));
        } catch (const Error&) {  // it does not fit
            continue;
        }
        if (rng.below(8) == 0)
            mark(n, std::array{Mark::block, Mark::cell, Mark::branch}[rng.below(3)], n.size() - 1);
    }
    return n;
}

Region random_region(Rng& rng)
{
    Region region = open(kDecisions, kOptions);
    for (std::size_t d = 0; d < kDecisions; ++d)
        if (rng.below(3) > 0)
            region.fix(d, static_cast<std::uint16_t>(rng.below(kOptions)));
    return region;
}

/// What a region makes of the network, or why it makes nothing.
std::string outcome(const Network& n, const Region& region)
{
    try {
        return to_string(resolved(n, region));
    } catch (const Error& error) {
        return error.what();
    }
}

Network read_back(const Network& n)
{
    const std::string text = to_json(n);
    Network back = parse_network(text);
    CHECK(to_json(back) == text);
    CHECK(to_string(back) == to_string(n));
    CHECK(marks(back) == marks(n));
    CHECK(macs(back) == macs(n));
    CHECK(params(back) == params(n));
    REQUIRE(back.size() == n.size());
    for (std::size_t i = 0; i < n.size(); ++i) {
        CHECK(back[i].op() == n[i].op());
        CHECK(back[i].shape() == n[i].shape());
        CHECK(back[i].spec().attributes == n[i].spec().attributes);
        CHECK(channelwise(back[i]) == channelwise(n[i]));
    }
    return back;
}

}  // namespace

TEST_CASE("a network is one line of JSON a layer", "[network_json]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    const std::size_t c = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3, 1}}}, "stem");
    n.add_custom("warp", {c, x}, {2}, {{"factor", {0.1, 1e-7}}});
    mark(n, Mark::block, x), mark(n, Mark::branch, c);
    CHECK(to_json(n) ==
          R"({"format": 1, "layers": [
  {"op":"input","shape":[3,8,8],"attributes":{"shape":[3.0,8.0,8.0]}},
  {"op":"conv","inputs":[0],"shape":[4,8,8],"attributes":{"kernel":[3.0,1.0],"out":[4.0]},"weights":"stem"},
  {"custom":"warp","inputs":[1,0],"shape":[2],"attributes":{"factor":[0.1,1e-07]}}
], "marks": [["block", 0], ["branch", 1]]}
)");
    CHECK(to_json(Network{}) == "{\"format\": 1, \"layers\": [\n]}\n");
    CHECK(parse_network(to_json(Network{})).size() == 0);
}

TEST_CASE("random networks come back exactly, and resolve alike", "[network_json]")
{
    Rng rng{7};
    std::size_t resolved_ones = 0;
    for (int trial = 0; trial < 150; ++trial) {
        const Network n = random_network(rng);
        const Network back = read_back(n);
        for (int k = 0; k < 4; ++k) {
            const Region region = random_region(rng);
            CHECK(outcome(back, region) == outcome(n, region));
            try {
                read_back(resolved(n, region));
                ++resolved_ones;
            } catch (const Error&) {  // this region does not go with this network
            }
        }
    }
    CHECK(resolved_ones > 100);
}

TEST_CASE("super-networks and what is resolved from them come back exactly", "[network_json]")
{
    const Network cells = super_network_201(4, 1);
    read_back(cells);
    read_back(resolved(cells, open(6, 5).allow(0, {1, 3}).fix(2, 0)));
    read_back(resolved(cells, only({0, 0, 0, 0, 0, 0})));
}

TEST_CASE("a layer that a mask made narrower comes back as narrow", "[network_json]")
{
    Network n;
    std::size_t x = mask(n, conv(n, input(n), 16, "a"), 0, {4, 16});
    x = n.add(Op::conv, {x}, {{"out", {16}}, {"groups", {4}}}, "b");
    const Network narrow = resolved(n, only({0}));
    REQUIRE(to_string(narrow) == "0 input() 8x4x4\n1 conv(0) 4x4x4 out=16 [a]\n2 conv(1) 16x4x4 groups=4 out=16 [b]\n");
    read_back(narrow);
}

TEST_CASE("a network that was read can be added to, and its weights keep their kind", "[network_json]")
{
    Network n;
    conv(n, input(n), 4, "w");
    Network back = parse_network(to_json(n));
    CHECK_THROWS_WITH(back.add(Op::batch_norm, {1}, {}, "w"), ContainsSubstring("the weights 'w' belong to a conv"));
    back.add(Op::relu, {1});
    CHECK(back.size() == 3);
}

TEST_CASE("text that is no network is refused in a sentence with the place", "[network_json]")
{
    const auto refused = [](const std::string& text, const std::string& message) {
        CAPTURE(text);
        CHECK_THROWS_WITH(parse_network(text), message);
    };
    const auto layers = [](const std::string& list) { return R"({"format": 1, "layers": [)" + list + "]}"; };
    const std::string x = R"({"op": "input", "shape": [8, 4, 4], "attributes": {"shape": [8, 4, 4]}}, )";
    CHECK(parse_network(layers(x + R"({"op": "relu", "inputs": [0], "shape": [8, 4, 4]})")).size() == 2);
    CHECK_THROWS_WITH(parse_network("{\"format\": 1,\n \"layers\": [}"),
                      ContainsSubstring("not a network: parse error at line 2, column 13: "));
    CHECK_THROWS_WITH(parse_network(""), ContainsSubstring("not a network: parse error at line 1, column 1"));
    refused("[]", "not a network: is no map");
    refused("{}", "not a network: 'format' is missing, this version reads 1");
    refused(R"({"format": 2, "layers": []})", "not a network: 'format' is 2, this version reads 1");
    refused(R"({"format": 1})", "not a network: 'layers' is missing");
    refused(R"({"format": 1, "layers": 3})", "not a network: 'layers' is no list");
    refused(R"({"format": 1, "layer": []})",
            "not a network: unknown key 'layer'; did you mean 'layers'?; allowed: format, layers, marks");
    refused(layers("3"), "not a network: layer 0: is no map");
    refused(layers(R"({"op": "conv"})"), "not a network: layer 0: 'shape' is missing");
    refused(layers(R"({"op": 3, "shape": []})"), "not a network: layer 0: 'op' is no text");
    refused(layers(x + R"({"op": "relu", "inputs": [0], "shape": [8, 4, 5]})"),
            "not a network: layer 1 (relu): makes 8x4x4 of its inputs, not 8x4x5");
    refused(layers(x + R"({"op": "conv", "inputs": [0], "shape": [9, 4, 4], "attributes": {"out": [8]}})"),
            "not a network: layer 1 (conv): makes 8x4x4 of its inputs, not 9x4x4");
    refused(layers(x + R"({"op": "relu", "inputs": [1], "shape": [8, 4, 4]})"),
            "not a network: layer 1 (relu): there is no earlier layer 1 to take as an input");
    refused(layers(x + R"({"op": "relu", "inputs": [-1], "shape": [8]})"),
            "not a network: layer 1: 'inputs' is no list of whole numbers");
    refused(layers(x + R"({"op": "relu", "shape": [8.5]})"),
            "not a network: layer 1: 'shape' is no list of whole numbers");
    refused(layers(x + R"({"custom": "warp", "shape": [1, 1, 1, 1, 1]})"),
            "not a network: layer 1: 'shape' has more than 4 extents");
    refused(layers(x + R"({"op": "relu", "shape": [8], "attributes": []})"),
            "not a network: layer 1: 'attributes' is no map");
    refused(layers(x + R"({"op": "conv", "shape": [8], "attributes": {"out": [null]}})"),
            "not a network: layer 1: 'out' is no list of numbers");
    CHECK_THROWS_WITH(parse_network(layers(x + R"({"op": "conv2", "inputs": [0], "shape": [8]})")),
                      ContainsSubstring("layer 1: there is no operation 'conv2'; did you mean 'conv'?"));
    CHECK_THROWS_WITH(parse_network(layers(x + R"({"op": "conv", "inputs": [0], "shape": [8, 4, 4]})")),
                      "not a network: layer 1 (conv): attribute 'out' is missing");
    refused(R"({"format": 1, "layers": [], "marks": [["block"]]})",
            "not a network: 'marks': one is not a kind and a layer, such as [\"block\", 3]");
    refused(R"({"format": 1, "layers": [], "marks": [["blokc", 0]]})",
            "not a network: 'marks': there is no kind 'blokc'; did you mean 'block'?; allowed: block, cell, branch");
    refused(R"({"format": 1, "layers": [], "marks": [["block", 0]]})",
            "not a network: there is no layer 0 to mark, the network has 0");
}

TEST_CASE("a text that was cut short or changed is another network or refused, never half read", "[network_json]")
{
    Rng rng{3};
    const Network n = random_network(rng);
    const std::string text = to_json(n);
    for (std::size_t cut = 0; cut + 1 < text.size(); ++cut)
        CHECK_THROWS_AS(parse_network(text.substr(0, cut)), Error);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = "{}[],:\"x"[rng.below(8)];
        try {
            read_back(parse_network(changed));
        } catch (const Error&) {
        }
    }
}

TEST_CASE("what JSON cannot say is refused", "[network_json]")
{
    Network n;
    n.add_custom("warp", {}, {2}, {{"factor", {std::numeric_limits<double>::infinity()}}});
    CHECK_THROWS_WITH(to_json(n), "layer 0 (warp): attribute 'factor' is not finite, which JSON cannot say");
    Network latin;
    latin.add_custom("w\xe4rp", {}, {2});
    CHECK_THROWS_WITH(to_json(latin), ContainsSubstring("a name in it is not UTF-8"));
}

}  // namespace espalier
