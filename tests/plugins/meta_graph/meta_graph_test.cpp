// SPDX-License-Identifier: Apache-2.0
#include "meta_graph.hpp"

#include <algorithm>
#include <string>

#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "toys/pictures.hpp"

using namespace espalier;
using meta_graph::MetaGraph;

namespace {

const MetaGraph& cifar()
{
    static const MetaGraph space(MetaGraph::Options{}, {});
    return space;
}

/// The first layers as given, the others off.
std::string policy(const std::string& first)
{
    std::string text = first;
    while (text.size() < 17 * 6 - 1)
        text += ",00000";
    return text;
}

Network built(const MetaGraph& space, const std::string& text)
{
    return space.network(Region(space.parse(text)));
}

std::size_t count(const Network& network, const std::string& part)
{
    const std::string text = to_string(network);
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("layers off hand their input on, but for those that begin a stage", "[meta_graph]")
{
    const Network network = built(cifar(), policy("00000"));
    CHECK(count(network, ".basic.first]") == 7);
    CHECK(count(network, ".basic.second]") == 7);
    CHECK(count(network, "relu6(") == 7);  // the second convolution's
    CHECK(count(network, "_e") == 0);
    for (const char* layer : {"layer1.", "layer2.", "layer4.", "layer7.", "layer11.", "layer14.", "layer17."})
        CHECK(count(network, layer) == 4);  // two convolutions, each with its normalisation
    CHECK(count(network, "add(") == 0);
}

TEST_CASE("a layer adds up the modules that are on, or takes their mean", "[meta_graph]")
{
    const std::string text = policy("10010,00000,01001");
    const Network network = built(cifar(), text);
    std::string order;
    for (const Layer layer : network)
        if (layer.op() == Op::conv && layer.spec().weights.find("layer") == 0)
            order += layer.spec().weights.substr(5) + " ";
    CHECK(
        order.starts_with("1.k3_e6.expand 1.k3_e6.depth 1.k3_e6.project 1.k5_e3.expand 1.k5_e3.depth 1.k5_e3.project "
                          "2.basic.first 2.basic.second 3.k3_e3.expand 3.k3_e3.depth 3.k3_e3.project 3.basic.first "
                          "3.basic.second 4.basic.first"));
    CHECK(count(network, "add(") == 3);  // layer 1, layer 3, and the residual of layer 3's bottleneck
    CHECK(count(network, "mean=1") == 0);
    const MetaGraph mean({.combine = "mean", .input = {}}, {});
    CHECK(count(built(mean, text), "mean=1") == 2);
    CHECK(count(built(mean, policy("10000")), "mean=1") == 0);
    for (const Layer layer : network) {
        if (layer.spec().weights == "layer3.k3_e3.depth")
            CHECK(layer.shape() == Shape{72, 32, 32});
        if (layer.spec().weights == "layer4.basic.first")
            CHECK(layer.shape() == Shape{32, 16, 16});
        if (layer.spec().weights == "head")
            CHECK(layer.shape() == Shape{1280, 4, 4});
    }
}

TEST_CASE("nothing on in the first layer of a stage is its last module alone", "[meta_graph]")
{
    const Architecture off = cifar().parse(policy("00000")), forced = cifar().parse(policy("00001"));
    CHECK(off != forced);
    CHECK(cifar().key(off) == cifar().key(forced));
    CHECK(cifar().text(cifar().canonical(off)) ==
          "00001,00001,00000,00001,00000,00000,00001,00000,00000,00000,00001,00000,00000,00001,00000,00000,00001");
    CHECK(to_string(cifar().network(Region(off))) == to_string(cifar().network(Region(forced))));
    // elsewhere it is another network
    CHECK(cifar().key(off) != cifar().key(cifar().parse(policy("00000,00000,00001"))));
    CHECK(cifar().key(off) != cifar().key(cifar().parse(policy("10001"))));
}

TEST_CASE("the super-network holds every network of a region", "[meta_graph]")
{
    for (const char* combine : {"sum", "mean"}) {
        const MetaGraph space({.combine = combine, .input = {}}, {});
        const Region all(space.decisions());
        CHECK(space.decisions().size() == 85);
        const Network super = space.network(all);
        CHECK(marked(super, Mark::block).size() == 1 + 17);
        CHECK(marked(super, Mark::branch).size() == 85);
        Rng rng{3};
        for (int i = 0; i < 20; ++i) {
            Architecture a = random_architecture(all, rng);
            for (std::uint16_t& on : a.choices)
                on = on == 1 && rng.below(2) == 0 ? 1 : 0;  // layers with nothing on, too
            Region region(a);
            for (std::size_t d = 0; d < a.choices.size(); ++d)
                if (rng.below(2) == 0)
                    region.allow(d, {0, 1});
            const std::string wanted = to_string(space.network(Region(a)));
            REQUIRE(to_string(resolved(space.network(region), Region(a))) == wanted);
            REQUIRE(to_string(resolved(super, Region(a))) == wanted);
        }
    }
}

TEST_CASE("an architecture is written as its layers' zeros and ones", "[meta_graph]")
{
    const std::string text = policy("10000,01010,00001");
    const Architecture a = cifar().parse(text);
    CHECK(std::ranges::count(a.choices, 1) == 4);
    CHECK(a.choices[0] == 1);
    CHECK(a.choices[6] == 1);
    CHECK(cifar().text(a) == text);
    CHECK(cifar().decisions()[6].name == "layer2.k3_e3");
    CHECK_THROWS_WITH(cifar().parse("10000,01210"),
                      "architecture '10000,01210': position 9: 'layer2.k5_e6' is 0, off, or 1, on");
    CHECK_THROWS_WITH(cifar().parse("100000"), ContainsSubstring("position 6: a layer has 5 modules; a comma"));
    CHECK_THROWS_WITH(cifar().parse("10000,"), ContainsSubstring("position 7: the end, where 'layer2.k3_e6' of 17"));
    CHECK_THROWS_WITH(cifar().parse(""), ContainsSubstring("position 1: the end, where 'layer1.k3_e6' of 17 layers"));
    CHECK_THROWS_WITH(cifar().parse(text + ",10000"),
                      ContainsSubstring("position 102: nothing may follow the last of 17 layers"));
}

TEST_CASE("images and classes are those of the data, which no option may contradict", "[meta_graph]")
{
    const Pictures data({1, 28, 28});
    Setup setup;
    setup.data = &data;
    const MetaGraph space({.backbone = "r9", .input = {}}, setup);
    CHECK(space.decisions().size() == 45);
    const Network network = space.network(Region(space.decisions()));
    CHECK(network[0].shape() == Shape{1, 28, 28});
    CHECK(network.output().shape() == Shape{7});
    CHECK(refusal_of<MetaGraph>({.input = {1, 28, 28}, .classes = 7}, {1, 28, 28}) == "made");
    CHECK_THAT(refusal_of<MetaGraph>({.input = {3, 32, 32}}, {1, 28, 28}),
               ContainsSubstring("input: 3x32x32 contradicts"));
    CHECK_THAT(refusal_of<MetaGraph>({.input = {}, .classes = 8}, {1, 28, 28}),
               ContainsSubstring("classes: 8 contradicts"));
    CHECK_THAT(refusal_of<MetaGraph>({.input = {}}, {28}),
               ContainsSubstring("input: needs images of [channels, height"));
    CHECK_THROWS_WITH(MetaGraph({.input = {3, 32}}, {}), ContainsSubstring("input: needs images of [channels, height"));
}
