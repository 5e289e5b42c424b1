// SPDX-License-Identifier: Apache-2.0
// Multiply-adds and parameters of the backbones: published sums, and the layers' formulas written down again.
#include "espalier/counts.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "meta_graph.hpp"
#include "network.hpp"

using namespace espalier;
using meta_graph::kModules;
using meta_graph::MetaGraph;

namespace {

struct Counts {
    std::array<double, kModules.size()> modules{};  // over all layers
    double fixed = 0;                               // stem, head, classifier
    bool operator==(const Counts&) const = default;
};

MetaGraph space(const std::string& backbone)
{
    return MetaGraph({.backbone = backbone, .input = {}}, {});
}

Counts counted(const Network& super, double (*count)(const Layer&))
{
    Counts counts;
    for (const Layer layer : super) {
        const std::string& name = layer.spec().weights;
        double* place = &counts.fixed;
        for (std::size_t m = 0; m < kModules.size(); ++m)
            if (name.find("." + std::string(kModules[m]) + ".") != std::string::npos)
                place = &counts.modules[m];
        *place += count(layer);
    }
    return counts;
}

Network super_network(const std::string& backbone)
{
    const MetaGraph meta = space(backbone);
    return meta.network(Region(meta.decisions()));
}

Counts macs_of(const std::string& backbone)
{
    return counted(super_network(backbone), macs);
}

Counts params_of(const std::string& backbone)
{
    return counted(super_network(backbone), params);
}

double policy_macs(const MetaGraph& meta, const std::string& layer)
{
    std::string text = layer;
    for (std::size_t i = kModules.size(); i < meta.decisions().size(); i += kModules.size())
        text += "," + layer;
    return macs(meta.network(Region(meta.parse(text))));
}

/// Both counts of MobileNetV2's stages behind a stem of 32 channels: by hand, for any image.
struct ByHand {
    Counts macs, params;

    ByHand(double side, double classes, double stem_stride, double second_stride)
    {
        const double stages[][3] = {{16, 1, 1}, {24, 2, second_stride}, {32, 3, 2}, {64, 4, 2}, {96, 3, 1}, {160, 3, 2},
                                    {320, 1, 1}};
        side /= stem_stride;
        fixed(side, 3 * 32 * 9, 2 * 32);
        double in = 32;
        for (const auto& [out, layers, stride] : stages)
            for (int i = 0; i < layers; ++i, in = out)
                layer(in, out, side, i == 0 ? stride : 1);
        fixed(side, 320 * 1280, 2 * 1280);
        fixed(1, 1280 * classes, classes);
    }

private:
    void fixed(double side, double weights, double others)
    {
        macs.fixed += weights * side * side;
        params.fixed += weights + others;
    }
    void layer(double in, double out, double& side, double stride)
    {
        const double before = side * side;
        side /= stride;
        const double behind = side * side;
        const double bottlenecks[][2] = {{9, 6}, {9, 3}, {25, 6}, {25, 3}};
        for (std::size_t m = 0; m < 4; ++m) {
            const double area = bottlenecks[m][0], mid = bottlenecks[m][1] * in;
            macs.modules[m] += before * in * mid + behind * mid * (area + out);
            params.modules[m] += mid * (in + area + out + 4) + 2 * out;
        }
        macs.modules[4] += behind * 9 * out * (in + out);
        params.modules[4] += 9 * out * (in + out) + 4 * out;
    }
};

}  // namespace

TEST_CASE("the backbone for images of 32 pixels has the published multiply-adds and parameters", "[meta_graph]")
{
    CHECK(macs_of("cifar32") == Counts{{90'912'768, 45'456'384, 103'987'200, 51'993'600, 130'646'016}, 7'451'136});
    CHECK(params_of("cifar32") == Counts{{1'821'632, 912'320, 1'938'368, 970'688, 3'504'064}, 425'898});
    const Network super = super_network("cifar32");
    CHECK(macs(super) == 422'995'968 + 7'451'136);
    CHECK(params(super) == 9'572'970);
    std::map<std::string, double> first;
    for (const Layer layer : super)
        if (const std::string& name = layer.spec().weights; name.starts_with("layer1."))
            first[name.substr(7, name.find('.', 7) - 7)] += macs(layer);
    CHECK(first == std::map<std::string, double>{{"k3_e6", 11'206'656},
                                                 {"k3_e3", 5'603'328},
                                                 {"k5_e6", 14'352'384},
                                                 {"k5_e3", 7'176'192},
                                                 {"basic", 7'077'888}});
}

TEST_CASE("the small backbone has the stated multiply-adds and parameters", "[meta_graph]")
{
    CHECK(macs_of("r9") == Counts{{3'730'944, 1'865'472, 5'328'384, 2'664'192, 3'806'208}, 254'592});
    CHECK(macs(super_network("r9")) == 17'395'200 + 254'592);
    CHECK(params(super_network("r9")) == 246'624 + 3'058);
    const MetaGraph gray({.backbone = "r9", .input = {1, 28, 28}, .stem_stride = 2}, {});
    CHECK(params(gray.network(Region(gray.decisions()))) == 249'538);
}

TEST_CASE("backbones for larger images have those of their layers' formulas", "[meta_graph]")
{
    const std::pair<const char*, ByHand> all[] = {
        {"cifar32", {32, 10, 1, 1}}, {"64", {64, 200, 1, 2}}, {"224", {224, 1000, 2, 2}}};
    for (const auto& [backbone, expected] : all) {
        INFO(backbone);
        CHECK(macs_of(backbone) == expected.macs);
        CHECK(params_of(backbone) == expected.params);
    }
    const Network large = super_network("224"), medium = super_network("64");
    CHECK(large.output().shape() == Shape{1000});
    CHECK(medium.output().shape() == Shape{200});
    for (const Layer layer : large)
        if (layer.spec().weights == "head")
            CHECK(layer.shape() == Shape{1280, 7, 7});
    for (const Layer layer : medium)
        if (layer.spec().weights == "head")
            CHECK(layer.shape() == Shape{1280, 4, 4});
}

TEST_CASE("a policy costs its modules, those that are forced, and what always runs", "[meta_graph]")
{
    const MetaGraph meta = space("cifar32");
    CHECK(policy_macs(meta, "10000") == 90'912'768 + 7'451'136);
    CHECK(policy_macs(meta, "11111") == 422'995'968 + 7'451'136);
    // 9 * out * (in + out) * side^2 of seven first layers
    const double forced = 9 * (16. * 48 * 1024 + 24. * 40 * 1024 + 32. * 56 * 256 + 64. * 96 * 64 + 96. * 160 * 64 +
                               160. * 256 * 16 + 320. * 480 * 16);
    CHECK(policy_macs(meta, "00000") == forced + 7'451'136);
    CHECK(forced == Approx(60.46e6).epsilon(1e-3));
}

TEST_CASE("a width multiplies all channels", "[meta_graph]")
{
    const MetaGraph narrow({.input = {}, .width = 0.4}, {});
    std::map<std::string, std::int64_t> channels;
    const Network super = narrow.network(Region(narrow.decisions()));
    for (const Layer layer : super)
        if (layer.op() == Op::conv)
            channels[layer.spec().weights] = layer.shape()[0];
    CHECK(channels["stem"] == 13);
    CHECK(channels["layer1.k3_e6.expand"] == 78);
    CHECK(channels["layer1.k3_e6.project"] == 6);
    CHECK(channels["layer17.basic.second"] == 128);
    CHECK(channels["head"] == 512);
}
