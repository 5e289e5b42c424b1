// SPDX-License-Identifier: Apache-2.0
#include "mobilenet_v3.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"
#include "ofa_data.hpp"
#include "plain_network.hpp"

namespace espalier::once_for_all {
namespace {

using testing::computed;

const MobileNetV3& mobilenet()
{
    static const MobileNetV3 all({}, {});
    return all;
}

// The two sub-networks whose counts the specification of the acceptance tests names.
const char* const kFirst =
    "ks 5 7 5 5 3 3 3 7 5 5 3 7 7 3 3 3 5 5 5 5 e 4 3 4 4 4 6 3 4 4 3 4 3 3 6 6 6 4 3 4 4 d 2 3 2 4 3";
const char* const kSecond =
    "ks 7 3 3 7 5 3 3 3 7 3 7 7 7 3 7 5 3 3 3 3 e 3 6 6 3 6 3 6 6 6 6 4 3 4 6 4 3 3 6 4 4 d 3 2 2 3 2";

/// The rules of the paper's code written down again for one architecture, without masks and choices.
class PlainMobileNet {
public:
    explicit PlainMobileNet(const Architecture& a) : a_{a} {}

    Network built()
    {
        at_ = n_.add(Op::input, {}, {{"shape", {3, 224, 224}}});
        conv("stem", 16, 3, 2, 1, true);
        act(Op::hswish);
        std::size_t in = at_;
        conv("first.depth", 16, 3, 1, 16, true);
        act(Op::relu);
        conv("first.project", 16, 1, 1, 1, true);
        at_ = n_.add(Op::add, {in, at_});
        for (std::size_t s = 0; s < 5; ++s)
            for (std::size_t b = 0; b < 2U + a_.choices[40 + s]; ++b)
                block(s, b);
        conv("head.expand", 960, 1, 1, 1, true);
        act(Op::hswish);
        at_ = n_.add(Op::global_average, {at_}, {{"keep", {1}}});
        conv("head.features", 1280, 1, 1, 1, false);
        act(Op::hswish);
        at_ = n_.add(Op::flatten, {at_});
        at_ = n_.add(Op::dropout, {at_}, {{"rate", {0.1}}});
        n_.add(Op::linear, {at_}, {{"out", {1000}}}, "classifier");
        return std::move(n_);
    }

private:
    void conv(const std::string& w, double out, double kernel, double stride, double groups, bool normal,
              bool bias = false)
    {
        at_ = n_.add(Op::conv, {at_},
                     {{"out", {out}},
                      {"kernel", {kernel}},
                      {"stride", {stride}},
                      {"groups", {groups}},
                      {"bias", {bias ? 1.0 : 0.0}}},
                     w);
        if (normal)
            at_ = n_.add(Op::batch_norm, {at_}, {}, w + ".bn");
    }
    void act(Op op) { at_ = n_.add(op, {at_}); }
    void block(std::size_t s, std::size_t b)
    {
        constexpr int kOut[] = {24, 40, 80, 112, 160}, kStride[] = {2, 2, 2, 1, 2}, kKernels[] = {3, 5, 7},
                      kExpansions[] = {3, 4, 6};
        constexpr bool kSqueeze[] = {false, true, false, true, true};
        const Op op = s < 2 ? Op::relu : Op::hswish;
        const std::string name = "stage" + std::to_string(s + 1) + ".block" + std::to_string(b + 1);
        const std::size_t in = at_;
        const auto channels = static_cast<int>(n_[in].shape()[0]);
        const int middle = channels * kExpansions[a_.choices[20 + 4 * s + b]];
        conv(name + ".expand", middle, 1, 1, 1, true);
        act(op);
        conv(name + ".depth", middle, kKernels[a_.choices[4 * s + b]], b == 0 ? kStride[s] : 1, middle, true);
        act(op);
        if (kSqueeze[s]) {
            const std::size_t wide = at_;
            int reduced = (middle / 4 + 4) / 8 * 8;
            reduced += 10 * reduced < 9 * (middle / 4) ? 8 : 0;
            at_ = n_.add(Op::global_average, {at_}, {{"keep", {1}}});
            conv(name + ".squeeze.reduce", reduced, 1, 1, 1, false, true);
            act(Op::relu);
            conv(name + ".squeeze.expand", middle, 1, 1, 1, false, true);
            act(Op::hsigmoid);
            at_ = n_.add(Op::multiply, {wide, at_});
        }
        conv(name + ".project", kOut[s], 1, 1, 1, true);
        if (b > 0)
            at_ = n_.add(Op::add, {in, at_});
    }

    const Architecture& a_;
    Network n_;
    std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("multiply-adds and parameters are those of the published sub-networks", "[once_for_all]")
{
    const Network first = mobilenet().network(Region(mobilenet().parse(kFirst)));
    CHECK(macs(first) == 255'502'624);
    CHECK(params(first) == 5'029'656);
    const Network second = mobilenet().network(Region(mobilenet().parse(kSecond)));
    CHECK(macs(second) == 244'945'104);
    CHECK(params(second) == 4'536'768);
}

TEST_CASE("all 2,373 published rows have our multiply-adds and parameters", "[once_for_all]")
{
    const auto folder = testing::data_folder("ofa_mbv3_accuracy");
    if (!folder)
        return;
    const std::filesystem::path file = *folder / "ofa_mbv3_w10_imagenet.csv.gz";
    const CsvColumns rows(file, {"ks", "e", "d", "macs", "params"});
    REQUIRE(rows.rows() == 2'373);
    std::size_t different = 0;
    std::set<std::string> keys;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const Architecture a =
            mobilenet().parse("ks " + rows.cell(row, 0) + " e " + rows.cell(row, 1) + " d " + rows.cell(row, 2));
        const Network network = mobilenet().network(Region(a));
        different += macs(network) != rows.number(row, 3) || params(network) != rows.number(row, 4) ? 1 : 0;
        keys.insert(mobilenet().key(a));
    }
    CHECK(different == 0);
    CHECK(keys.size() <= 2'223);
}

TEST_CASE("a sub-network is what the paper's code builds, weights included", "[once_for_all]")
{
    const Region all(mobilenet().decisions());
    const Network super = mobilenet().network(all);
    Rng rng{3};
    for (int i = 0; i < 60; ++i) {
        const Architecture a = random_architecture(all, rng);
        const std::string wanted = computed(PlainMobileNet(a).built());
        REQUIRE(computed(mobilenet().network(Region(a))) == wanted);
        REQUIRE(computed(resolved(super, Region(a))) == wanted);
    }
}

TEST_CASE("a region's network holds the region's sub-networks", "[once_for_all]")
{
    Rng rng{5};
    for (int i = 0; i < 20; ++i) {
        const Architecture a = random_architecture(Region(mobilenet().decisions()), rng);
        Region region(a);
        for (std::size_t d = 0; d < mobilenet().decisions().size(); ++d)
            if (rng.below(2) == 0)
                region.allow(d, {static_cast<std::uint16_t>((a.choices[d] + 1) % 3), a.choices[d]});
        const Network wide = mobilenet().network(region);
        REQUIRE(computed(resolved(wide, Region(a))) == computed(mobilenet().network(Region(a))));
        const Architecture other = random_architecture(region, rng);
        REQUIRE(computed(resolved(wide, Region(other))) == computed(mobilenet().network(Region(other))));
    }
}

TEST_CASE("kernels and expansions of absent blocks do not matter, all else does", "[once_for_all]")
{
    const Architecture a = mobilenet().parse(kFirst);
    CHECK(mobilenet().key(a) == "12--000-11--2000111-10--131"[0] + mobilenet().key(a).substr(1));
    const std::vector<bool> active = mobilenet().active(a);
    CHECK(std::count(active.begin(), active.end(), true) == 2 * (2 + 3 + 2 + 4 + 3) + 5);
    for (std::size_t d = 0; d < a.choices.size(); ++d) {
        Architecture other = a;
        other.choices[d] = static_cast<std::uint16_t>((a.choices[d] + 1) % 3);
        CAPTURE(mobilenet().decisions()[d].name);
        CHECK((mobilenet().key(other) != mobilenet().key(a)) == active[d]);
        const bool same = computed(mobilenet().network(Region(other))) == computed(mobilenet().network(Region(a)));
        CHECK(same != active[d]);
    }
}

TEST_CASE("there are 2.18e19 distinct sub-networks", "[once_for_all]")
{
    // each stage by itself: the keys of its depths times those of its kernels and expansions
    double distinct = 1;
    for (std::size_t stage = 0; stage < 5; ++stage) {
        double in_stage = 0;
        for (std::uint16_t depth = 0; depth < 3; ++depth) {
            Architecture a{std::vector<std::uint16_t>(45, 0)};
            a.choices[40 + stage] = depth;
            const std::vector<bool> active = mobilenet().active(a);
            double combinations = 1;
            for (std::size_t b = 4 * stage; b < 4 * stage + 4; ++b)
                combinations *= (active[b] ? 3 : 1) * (active[20 + b] ? 3 : 1);
            in_stage += combinations;
        }
        distinct *= in_stage;
    }
    CHECK(distinct == std::pow(81.0 + 729 + 6561, 5));
}

TEST_CASE("text is read back, and what is wrong is said with its place", "[once_for_all]")
{
    CHECK(mobilenet().text(mobilenet().parse(kFirst)) == kFirst);
    CHECK_THROWS_WITH(mobilenet().parse("ks 5 7 4"),
                      ContainsSubstring("position 8: '4' where decision 'ks1.3' is expected; "
                                        "allowed: 3, 5, 7"));
    CHECK_THROWS_WITH(mobilenet().parse("ks 5"),
                      ContainsSubstring("position 5: the end where decision 'ks1.2' is expected"));
    CHECK_THROWS_WITH(mobilenet().parse("5 7"),
                      ContainsSubstring("position 1: '5' where 'ks' and 20 values are expected"));
    CHECK_THROWS_WITH(mobilenet().parse(std::string(kFirst) + " 2"),
                      ContainsSubstring("position 98: '2' where nothing may follow the last of 45 decisions"));
}

TEST_CASE("the dictionary of the once-for-all code is read, in Python's and in JSON's notation", "[once_for_all]")
{
    const std::string ks = "[5, 7, 5, 5, 3, 3, 3, 7, 5, 5, 3, 7, 7, 3, 3, 3, 5, 5, 5, 5]",
                      e = "[4, 3, 4, 4, 4, 6, 3, 4, 4, 3, 4, 3, 3, 6, 6, 6, 4, 3, 4, 4]", d = "[2, 3, 2, 4, 3]";
    const Architecture published = mobilenet().parse(
        "ks 5 7 5 5 3 3 3 7 5 5 3 7 7 3 3 3 5 5 5 5 e 4 3 4 4 4 6 3 4 4 3 4 3 3 6 6 6 4 3 4 4 d 2 3 2 4 3");
    for (const std::string& text : {"{'wid': None, 'ks': " + ks + ", 'e': " + e + ", 'd': " + d + ", 'r': [224]}",
                                    "{'ks': " + ks + ", 'e': " + e + ", 'd': " + d + "}",
                                    " {'d':" + d + ",'e':" + e + ",'ks':" + ks + ",'r':224}",
                                    "{\"wid\": null, \"ks\": " + ks + ", \"e\": " + e + ", \"d\": " + d + "}"})
        CHECK(mobilenet().parse(text) == published);
    const auto refused = [&](const std::string& more) {
        const std::string text = "{'ks': " + ks + ", 'e': " + e + ", 'd': " + d + more;
        CHECK_THROWS_WITH(mobilenet().parse(text), Catch::Matchers::StartsWith("architecture '" + text + "': "));
        try {
            mobilenet().parse(text);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(refused(", 'r': [192]}"),
               ContainsSubstring("'r' is [192], but the space's images have 224 pixels a side"));
    CHECK_THAT(refused(", 'wid': 1.2}"), ContainsSubstring("'wid' is 1.2, but the space decides nothing of that name"));
    CHECK_THAT(refused("} x"), ContainsSubstring("nothing may follow the closing brace"));
    CHECK_THAT(refused(""), ContainsSubstring("a comma or the closing brace is expected"));
    CHECK_THROWS_WITH(mobilenet().parse("{'ks': [5, 7], 'e': [], 'd': []}"),
                      ContainsSubstring("'ks' has 2 values, the space has 20"));
    CHECK_THROWS_WITH(mobilenet().parse("{}"), ContainsSubstring("it says nothing of 'ks'"));
}

TEST_CASE("width 1.2 has the channels of the published latency table", "[once_for_all]")
{
    const MobileNetV3 wide({.width = 1.2}, {});
    Architecture largest{std::vector<std::uint16_t>(45, 2)};
    std::set<std::int64_t> projected;
    for (const Layer layer : wide.network(Region(largest)))
        if (layer.spec().weights.ends_with(".project") || layer.spec().weights.starts_with("head.")) {
            if (layer.op() == Op::conv)
                projected.insert(layer.shape()[0]);
        }
    CHECK(projected == std::set<std::int64_t>{24, 32, 48, 96, 136, 192, 1152, 1536});
}

TEST_CASE("options that contradict the data are refused", "[once_for_all]")
{
    class Small final : public Data {
    public:
        std::vector<Input> inputs() const override { return {{"image", {3, 32, 32}}}; }
        Shape output() const override { return {10}; }
    } data;
    Setup setup;
    setup.data = &data;
    const MobileNetV3 small({}, setup);
    CHECK(small.task().side == 32);
    CHECK(small.network(Region(small.parse(kFirst))).output().shape() == Shape{10});
    CHECK_THROWS_WITH(MobileNetV3({.resolution = 64}, setup), ContainsSubstring("64 contradicts `data`"));
    CHECK_THROWS_WITH(MobileNetV3({.classes = 11}, setup), ContainsSubstring("which has 10 classes"));
}

}  // namespace espalier::once_for_all
