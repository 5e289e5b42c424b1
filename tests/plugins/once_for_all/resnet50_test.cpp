// SPDX-License-Identifier: Apache-2.0
#include "resnet50.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "plain_network.hpp"

namespace espalier::once_for_all {
namespace {

using testing::computed;

const ResNet50& resnet()
{
    static const ResNet50 all({}, {});
    return all;
}

Architecture all_at(std::uint16_t option)
{
    Architecture a{std::vector<std::uint16_t>(29, option)};
    a.choices[0] = std::min<std::uint16_t>(option, 1);
    return a;
}

/// The rules of the paper's code written down again for one architecture, without masks and choices.
class PlainResNet {
public:
    explicit PlainResNet(const Architecture& a) : a_{a} {}

    Network built()
    {
        at_ = n_.add(Op::input, {}, {{"shape", {3, 224, 224}}});
        constexpr int kMiddle[] = {24, 24, 32}, kStem[] = {40, 48, 64};
        conv("stem.1", kMiddle[a_.choices[23]], 3, 2);
        relu();
        if (a_.choices[0] == 1) {
            const std::size_t in = at_;
            conv("stem.2", kMiddle[a_.choices[23]], 3, 1);
            relu();
            at_ = n_.add(Op::add, {at_, in});
        }
        conv("stem.3", kStem[a_.choices[24]], 3, 1);
        relu();
        at_ = n_.add(Op::max_pool, {at_}, {{"kernel", {3}}, {"stride", {2}}, {"pad", {1}}});
        constexpr std::size_t kBase[] = {2, 2, 4, 2}, kBefore[] = {0, 4, 8, 14};
        for (std::size_t s = 0; s < 4; ++s)
            for (std::size_t b = 0; b < kBase[s] + a_.choices[1 + s]; ++b)
                block(s, b, a_.choices[5 + kBefore[s] + b]);
        at_ = n_.add(Op::global_average, {at_});
        n_.add(Op::linear, {at_}, {{"out", {1000}}}, "classifier");
        return std::move(n_);
    }

private:
    static int divisible(double v)
    {
        const int nearest = static_cast<int>(v + 4) / 8 * 8;
        return nearest < 0.9 * v ? nearest + 8 : nearest;
    }
    void conv(const std::string& w, double out, double kernel, double stride)
    {
        at_ = n_.add(Op::conv, {at_}, {{"out", {out}}, {"kernel", {kernel}}, {"stride", {stride}}}, w);
        at_ = n_.add(Op::batch_norm, {at_}, {}, w + ".bn");
    }
    void relu() { at_ = n_.add(Op::relu, {at_}); }
    void block(std::size_t s, std::size_t b, std::uint16_t expansion)
    {
        constexpr double kChannels[] = {256, 512, 1024, 2048}, kWidths[] = {0.65, 0.8, 1},
                         kExpansions[] = {0.2, 0.25, 0.35};
        const std::string name = "stage" + std::to_string(s + 1) + ".block" + std::to_string(b + 1);
        const int out = divisible(kChannels[s] * kWidths[a_.choices[25 + s]]);
        const int middle = divisible(std::round(out * kExpansions[expansion]));
        const int stride = s > 0 && b == 0 ? 2 : 1;
        const std::size_t in = at_;
        conv(name + ".1", middle, 1, 1);
        relu();
        conv(name + ".2", middle, 3, stride);
        relu();
        conv(name + ".3", out, 1, 1);
        const std::size_t y = at_;
        at_ = in;
        if (stride > 1)
            at_ = n_.add(Op::avg_pool, {at_}, {{"kernel", {2}}, {"stride", {2}}, {"pad", {0}}});
        if (b == 0)
            conv(name + ".shortcut", out, 1, 1);
        at_ = n_.add(Op::add, {y, at_});
        relu();
    }

    const Architecture& a_;
    Network n_;
    std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("a ResNet50 sub-network is what the paper's code builds, weights included", "[once_for_all]")
{
    const Region all(resnet().decisions());
    const Network super = resnet().network(all);
    Rng rng{3};
    for (int i = 0; i < 60; ++i) {
        const Architecture a = random_architecture(all, rng);
        const std::string wanted = computed(PlainResNet(a).built());
        REQUIRE(computed(resnet().network(Region(a))) == wanted);
        REQUIRE(computed(resolved(super, Region(a))) == wanted);
    }
}

TEST_CASE("ResNet50's multiply-adds go from 0.96 to 7.49 G", "[once_for_all]")
{
    CHECK(macs(resnet().network(Region(all_at(0)))) / 1e9 == Approx(0.96).margin(0.005));
    CHECK(macs(resnet().network(Region(all_at(2)))) / 1e9 == Approx(7.49).margin(0.005));
}

TEST_CASE("a region's network holds the region's ResNet50s", "[once_for_all]")
{
    Rng rng{5};
    for (int i = 0; i < 20; ++i) {
        const Architecture a = random_architecture(Region(resnet().decisions()), rng);
        Region region(a);
        for (std::size_t d = 0; d < resnet().decisions().size(); ++d)
            if (rng.below(2) == 0) {
                const std::size_t options = resnet().decisions()[d].options.size();
                region.allow(d, {static_cast<std::uint16_t>((a.choices[d] + 1U) % options), a.choices[d]});
            }
        const Network wide = resnet().network(region);
        const Architecture other = random_architecture(region, rng);
        REQUIRE(computed(resolved(wide, Region(other))) == computed(resnet().network(Region(other))));
    }
}

TEST_CASE("every gene is read: depth is depth, width is width", "[once_for_all]")
{
    const Architecture a = all_at(1);
    const std::vector<bool> active = resnet().active(a);
    CHECK(std::count(active.begin(), active.end(), false) == 4);  // the last extra block of each stage
    for (std::size_t d = 0; d < a.choices.size(); ++d) {
        Architecture other = a;
        other.choices[d] = d == 0 ? 0 : 2;
        CAPTURE(resnet().decisions()[d].name);
        CHECK((resnet().key(other) != resnet().key(a)) == active[d]);
        const bool same = computed(resnet().network(Region(other))) == computed(resnet().network(Region(a)));
        CHECK(same != active[d]);
    }
    // 24 channels in the middle of the stem twice: 0.65 and 0.8 of 32, kept apart because predictors tell them apart
    Architecture narrow = a;
    narrow.choices[23] = 0;
    CHECK(computed(resnet().network(Region(narrow))) == computed(resnet().network(Region(a))));
}

TEST_CASE("text of a ResNet50 is read back", "[once_for_all]")
{
    const char* const text =
        "d 2 0 1 2 0 e 0.2 0.25 0.35 0.2 0.2 0.25 0.35 0.2 0.2 0.25 0.35 0.2 0.2 0.25 0.35 0.2 0.2 0.25 w 0.65 0.8 1 "
        "0.65 0.8 1";
    CHECK(resnet().text(resnet().parse(text)) == text);
    CHECK_THROWS_WITH(resnet().parse("d 1"),
                      ContainsSubstring("position 3: '1' where decision 'd1' is expected; allowed: "
                                        "0, 2"));
    const std::string e =
        "'e': [0.2, 0.25, 0.35, 0.2, 0.2, 0.25, 0.35, 0.2, 0.2, 0.25, 0.35, 0.2, 0.2, 0.25, 0.35, "
        "0.2, 0.2, 0.25]";
    for (const char* widths :
         {"[0, 1, 2, 0, 1, 2]", "[0.65, 0.8, 1, 0.65, 0.8, 1]", "[0.65, 0.8, 1.0, 0.65, 0.8, 1.0]"})
        CHECK(resnet().parse("{'d': [2, 0, 1, 2, 0], " + e + ", 'w': " + widths + "}") == resnet().parse(text));
}

TEST_CASE("a resolution that is no multiple of 32 is refused", "[once_for_all]")
{
    CHECK_THROWS_WITH(ResNet50({.resolution = 144}, {}), ContainsSubstring("144 pixels are no multiple of 32"));
    CHECK(ResNet50({.resolution = 160}, {}).network(Region(all_at(2))).output().shape() == Shape{1000});
}

}  // namespace espalier::once_for_all
