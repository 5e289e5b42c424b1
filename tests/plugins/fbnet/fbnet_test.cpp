// SPDX-License-Identifier: Apache-2.0
#include "fbnet.hpp"

#include <set>
#include <string>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "network.hpp"
#include "toys/pictures.hpp"

using namespace espalier;
using fbnet::FBNet;

namespace {

const FBNet& cifar()
{
    static const FBNet space({}, {});
    return space;
}

const FBNet& imagenet()
{
    static const FBNet space({.variant = "imagenet"}, {});
    return space;
}

// All candidates, each at two or three layers: layer l has candidate 4 (l - 1) + 1, modulo nine.
const char* const kMixed =
    "k3_e1_g2 k5_e1_g2 k3_e1 k5_e1 skip k3_e6 k5_e6 k3_e3 k5_e3 k3_e1_g2 k5_e1_g2 "
    "k3_e1 k5_e1 skip k3_e6 k5_e6 k3_e3 k5_e3 k3_e1_g2 k5_e1_g2 k3_e1 k5_e1";

std::string repeated(const std::string& candidate)
{
    std::string text = candidate;
    for (std::size_t layer = 1; layer < fbnet::kLayers; ++layer)
        text += " " + candidate;
    return text;
}

Network built(const FBNet& space, const std::string& text)
{
    return space.network(Region(space.parse(text)));
}

}  // namespace

TEST_CASE("multiply-adds and parameters are those of the layers' formulas", "[fbnet]")
{
    // by layers, skipped: stem 27 * 16 * 32^2; 16 -> 24 at 32, 24 -> 32 at 16, 32 -> 64 at 8, 64 -> 112 at 8,
    // 112 -> 184 at 4, 184 -> 352 at 4; head 352 -> 1504 at 4; classifier
    const std::int64_t skipped =
        442'368 + 393'216 + 196'608 + 131'072 + 458'752 + 329'728 + 1'036'288 + 8'470'528 + 150'400;
    struct Counted {
        const FBNet& space;
        std::string text;
        std::int64_t macs, params;
    };
    for (const Counted& c : {Counted{cifar(), repeated("skip"), skipped, 780'660},
                             {cifar(), repeated("k5_e6"), 160'926'080, 3'749'652},
                             {cifar(), repeated("k3_e1_g2"), 21'051'008, 940'084},
                             {cifar(), kMixed, 62'254'720, 1'537'828},
                             {imagenet(), repeated("skip"), 49'419'136, 2'785'080},
                             {imagenet(), repeated("k5_e6"), 572'634'080, 5'754'072},
                             {imagenet(), kMixed, 209'489'200, 3'542'248}}) {
        INFO(c.text);
        const Network network = built(c.space, c.text);
        CHECK(macs(network) == c.macs);
        CHECK(params(network) == c.params);
    }
}

TEST_CASE("a network has the layers that the benchmark's code builds", "[fbnet]")
{
    const Network network = built(cifar(), "k3_e1_g2 k5_e3" + repeated("skip").substr(9));
    const std::string text = to_string(network);
    INFO(text);
    // grouped 1x1, shuffled, depthwise, grouped 1x1, and the sum with the input, since neither side nor width changes
    std::size_t at = 0;
    for (const char* const next :
         {"[layer1.k3_e1_g2.expand]", "channel_shuffle(", "[layer1.k3_e1_g2.depth]", "[layer1.k3_e1_g2.project]",
          "[layer1.k3_e1_g2.project.bn]", "add(", "[layer2.k5_e3.expand]", "[layer2.k5_e3.depth]",
          "[layer2.k5_e3.project.bn]", "[layer6.skip]", "[layer6.skip.bn]", "relu(", "[layer10.skip]", "[head]",
          "global_average(", "[classifier]"}) {
        INFO(next);
        const std::size_t found = text.find(next, at);
        REQUIRE(found != std::string::npos);
        at = found;
    }
    CHECK(text.find("layer3.") == std::string::npos);  // skipped, and nothing is left of it
    std::size_t sums = 0;
    for (const Layer layer : network) {
        sums += layer.op() == Op::add ? 1 : 0;
        if (layer.spec().weights == "layer2.k5_e3.depth")
            CHECK(layer.shape() == Shape{48, 32, 32});
        if (layer.spec().weights == "layer6.skip")
            CHECK(layer.shape() == Shape{32, 16, 16});
        if (layer.spec().weights == "head")
            CHECK(layer.shape() == Shape{1504, 4, 4});
    }
    CHECK(sums == 1);
}

TEST_CASE("the super-network holds every network of a region", "[fbnet]")
{
    const Network super = cifar().network(Region(cifar().decisions()));
    CHECK(marked(super, Mark::block).size() == 1 + fbnet::kLayers);
    CHECK(marked(super, Mark::branch).size() == fbnet::kLayers);
    Rng rng{3};
    for (int i = 0; i < 20; ++i) {
        const Architecture a = random_architecture(Region(cifar().decisions()), rng);
        Region region(a);
        for (std::size_t d = 0; d < a.choices.size(); ++d)
            if (const auto other = static_cast<std::uint16_t>((a.choices[d] + 1) % 9); rng.below(2) == 0)
                region.allow(d, {std::min(a.choices[d], other), std::max(a.choices[d], other)});
        const std::string wanted = to_string(cifar().network(Region(a)));
        REQUIRE(to_string(resolved(cifar().network(region), Region(a))) == wanted);
        REQUIRE(to_string(resolved(super, Region(a))) == wanted);
        CHECK(cifar().network(Region(a)).output().shape() == Shape{100});
        CHECK(imagenet().network(Region(a)).output().shape() == Shape{1000});
    }
}

TEST_CASE("each architecture is a network of its own", "[fbnet]")
{
    Rng rng{4};
    const Architecture a = random_architecture(Region(cifar().decisions()), rng);
    std::set<std::string> networks{to_string(cifar().network(Region(a)))}, keys{cifar().key(a)};
    for (std::size_t layer = 0; layer < fbnet::kLayers; ++layer)
        for (std::uint16_t candidate = 0; candidate < fbnet::kCandidates.size(); ++candidate) {
            Architecture other = a;
            other.choices[layer] = candidate;
            networks.insert(to_string(cifar().network(Region(other))));
            keys.insert(cifar().key(other));
        }
    CHECK(networks.size() == 1 + fbnet::kLayers * 8);
    CHECK(keys.size() == networks.size());
}

TEST_CASE("an architecture is written as its candidates' names", "[fbnet]")
{
    const Architecture a = cifar().parse(kMixed);
    for (std::size_t layer = 0; layer < fbnet::kLayers; ++layer)
        CHECK(a.choices[layer] == (4 * layer + 1) % 9);
    CHECK(cifar().text(a) == kMixed);
    CHECK(cifar().parse("  " + repeated("skip") + " ") == cifar().parse(repeated("skip")));
    CHECK_THROWS_WITH(cifar().parse("k3_e1 k3_e9 skip"),
                      ContainsSubstring("architecture 'k3_e1 k3_e9 skip': position 7: 'k3_e9' is no candidate of "
                                        "'layer2'; did you mean 'k3_e1'?"));
    CHECK_THROWS_WITH(cifar().parse("skip"),
                      "architecture 'skip': position 5: the end, where 'layer2' of 22 layers is expected");
    CHECK_THROWS_WITH(cifar().parse(repeated("skip") + " skip"),
                      ContainsSubstring("position 111: nothing may follow the last of 22 layers"));
}

TEST_CASE("images and classes are those of the data, which no option may contradict", "[fbnet]")
{
    const Pictures data({3, 48, 48});
    Setup setup;
    setup.data = &data;
    const FBNet space({}, setup);
    const Network network = built(space, repeated("skip"));
    CHECK(network[0].shape() == Shape{3, 48, 48});
    CHECK(network.output().shape() == Shape{7});
    CHECK(refusal_of<FBNet>({.resolution = 48, .classes = 7}, {3, 48, 48}) == "made");
    CHECK_THAT(refusal_of<FBNet>({.resolution = 32}, {3, 48, 48}), ContainsSubstring("resolution: 32 contradicts"));
    CHECK_THAT(refusal_of<FBNet>({.classes = 8}, {3, 48, 48}), ContainsSubstring("classes: 8 contradicts"));
    CHECK_THAT(refusal_of<FBNet>({}, {1, 48, 48}), ContainsSubstring("needs square images of 3 colours"));
    CHECK_THAT(refusal_of<FBNet>({}, {3, 48, 24}), ContainsSubstring("needs square images of 3 colours"));
}
