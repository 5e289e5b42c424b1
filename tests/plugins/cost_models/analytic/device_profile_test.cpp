// SPDX-License-Identifier: Apache-2.0
// The 32 operators of HURRICANE's space, written down here, cost on the made-up devices what the published profile
// says.
#include "analytic/device_profile.hpp"

#include <cstdlib>
#include <sstream>

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"

#include "catch.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using cost_models::device_work;
using cost_models::DeviceProfile;
using cost_models::DeviceWork;

namespace {

/// Appends operators at stride 1 or 2; activations are relu throughout, which no profile asks for.
class Operators {
public:
    Operators(Network& network, std::size_t at, double out, double stride)
        : n_{network}, in_{at}, out_{out}, stride_{stride}, width_{double(network[at].shape()[0])}
    {
    }

    /// "SEP_3", "MB_5_6_SE", "Choice_7", "ChoiceX_SE"
    std::size_t add(const std::string& name)
    {
        const bool gated = name.size() > 3 && name.substr(name.size() - 3) == "_SE";
        if (name.starts_with("SEP_"))
            return separable(name[4] - '0', gated);
        if (name.starts_with("MB_"))
            return bottleneck(name[3] - '0', name[5] - '0', gated);
        return name.starts_with("ChoiceX") ? shuffle(0, gated) : shuffle(name[7] - '0', gated);
    }

private:
    std::size_t conv(std::size_t x, double out, bool bias = false)
    {
        Attributes attributes{{"out", {out}}};
        if (bias)
            attributes.emplace("bias", std::vector<double>{1});
        return n_.add(Op::conv, {x}, attributes, fresh());
    }
    std::size_t depthwise(std::size_t x, double kernel, double stride)
    {
        return n_.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {kernel}}, {"stride", {stride}}}, fresh());
    }
    std::size_t relu(std::size_t x) { return n_.add(Op::relu, {n_.add(Op::batch_norm, {x}, {}, fresh())}); }
    std::size_t gate(std::size_t x)
    {
        const double channels = double(n_[x].shape()[0]);
        std::size_t g = n_.add(Op::global_average, {x}, {{"keep", {1}}});
        g = n_.add(Op::relu, {conv(g, double(int(channels) / 4), true)});
        g = n_.add(Op::hsigmoid, {conv(g, channels, true)});
        return n_.add(Op::multiply, {x, g});
    }
    std::size_t separable(double kernel, bool gated)
    {
        std::size_t x = conv(depthwise(n_.add(Op::relu, {in_}), kernel, stride_), width_);
        x = conv(depthwise(relu(x), kernel, 1), out_);
        x = n_.add(Op::batch_norm, {x}, {}, fresh());
        return gated ? gate(x) : x;
    }
    std::size_t bottleneck(double kernel, double expansion, bool gated)
    {
        std::size_t x = expansion > 1 ? relu(conv(in_, expansion * width_)) : in_;
        x = relu(depthwise(x, kernel, stride_));
        x = conv(gated ? gate(x) : x, out_);
        return stride_ == 1 && width_ == out_ ? n_.add(Op::add, {in_, x}) : x;
    }
    /// kernel 0: ChoiceX
    std::size_t shuffle(double kernel, bool gated)
    {
        const double mid = out_ / 2;
        std::size_t kept = in_, x = in_;
        double used = width_;
        if (stride_ == 1) {
            kept = n_.add(Op::slice, {in_}, {{"step", {2}}});
            x = n_.add(Op::slice, {in_}, {{"begin", {1}}, {"step", {2}}});
            used = width_ / 2;
        } else {
            kept = relu(conv(depthwise(in_, kernel == 0 ? 3 : kernel, 2), width_));
        }
        if (kernel != 0) {
            x = depthwise(relu(conv(x, mid)), kernel, stride_);
            x = relu(conv(x, out_ - used));
        } else {
            x = relu(conv(depthwise(x, 3, stride_), mid));
            x = relu(conv(depthwise(x, 3, 1), mid));
            x = relu(conv(depthwise(x, 3, 1), out_ - used));
        }
        return n_.add(Op::concat, {kept, gated ? gate(x) : x});
    }
    std::string fresh() { return "w" + std::to_string(n_.size()); }

    Network& n_;
    std::size_t in_;
    double out_, stride_, width_;
};

Network alone(const std::string& name, double in, double out, double side, double stride)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {in, side, side}}});
    Operators(n, x, out, stride).add(name);
    return n;
}

/// Stem, 20 operators of one kind in four stages, head.
Network whole(const std::string& name)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, 224, 224}}});
    x = n.add(Op::conv, {x}, {{"out", {16}}, {"kernel", {3}}, {"stride", {2}}}, "stem");
    mark(n, Mark::block, x);
    const std::pair<int, double> stages[] = {{4, 64}, {4, 160}, {8, 320}, {4, 640}};
    for (const auto& [layers, out] : stages)
        for (int layer = 0; layer < layers; ++layer) {
            x = Operators(n, x, out, layer == 0 ? 2 : 1).add(name);
            mark(n, Mark::block, x);
        }
    x = n.add(Op::conv, {x}, {{"out", {1024}}}, "last");
    x = n.add(Op::global_average, {x});
    n.add(Op::linear, {x}, {{"out", {1000}}}, "classifier");
    return n;
}

double latency(const char* device, const Network& n)
{
    test::Quiet quiet;
    const Candidate candidate(n);
    const Evaluation e = DeviceProfile({.device = device}, {}).evaluate({&candidate, 1}, quiet).at(0);
    INFO(e.reason);
    REQUIRE(e.ok());
    return e.metrics.at("latency_ms");
}

// dsp, cpu, vpu for 64 channels of 56x56, then for 640 of 7x7; stride 1
constexpr const char* kPublishedLatencies = R"(
SEP_3,2.1145,4.1323,3.4227,2.1495,5.5887,2.3268
SEP_5,95.3564,6.5813,3.6958,16.7309,5.9758,2.4098
SEP_7,47.2696,16.1636,7.4912,9.2358,7.4797,3.0633
SEP_3_SE,2.7954,4.6586,39.2575,2.6238,6.0405,37.4842
SEP_5_SE,96.0373,7.1076,39.5306,17.2052,6.4276,37.5672
SEP_7_SE,47.9505,16.6899,43.3260,9.7100,7.9315,38.2207
MB_3_1,1.4246,2.1986,2.9156,1.1322,2.8150,1.3516
MB_3_3,4.7435,11.3745,7.2025,5.6719,16.4583,6.3459
MB_3_6,8.6709,22.4712,12.3499,11.0441,32.8252,12.3301
MB_5_1,48.0455,3.4231,3.0521,8.4228,3.0086,1.3931
MB_5_3,144.6064,15.0480,7.6120,27.5439,17.0390,6.4703
MB_5_6,288.3966,29.8183,13.1690,54.7881,33.9865,12.5791
MB_7_1,24.0021,8.2143,4.9498,4.6753,3.7605,1.7198
MB_7_3,72.4762,29.4215,13.3052,16.3012,19.2948,7.4506
MB_7_6,144.1362,58.5651,24.5553,32.3028,38.4981,14.5396
MB_3_1_SE,2.1054,2.7249,38.7504,1.6064,3.2668,36.5090
MB_3_3_SE,5.4244,11.9008,43.0373,6.1461,16.9101,41.5033
MB_3_6_SE,9.3517,22.9975,48.1847,11.5184,33.2770,47.4876
MB_5_1_SE,48.7264,3.9494,38.8869,8.8971,3.4604,36.5505
MB_5_3_SE,145.2872,15.5743,43.4469,28.0182,17.4908,41.6278
MB_5_6_SE,289.0775,30.3446,49.0039,55.2624,34.4383,47.7365
MB_7_1_SE,24.6830,8.7406,40.7846,5.1495,4.2123,36.8772
MB_7_3_SE,73.1570,29.9478,49.1400,16.7755,19.7466,42.6081
MB_7_6_SE,144.8170,59.0914,60.3902,32.7770,38.9499,49.6971
Choice_3,1.1122,1.7575,1.4657,0.7433,1.5424,0.7040
Choice_5,24.4227,2.3697,1.5340,4.3887,1.6392,0.7248
Choice_7,12.4010,4.7653,2.4828,2.5149,2.0152,0.8881
Choice_3_SE,1.7931,2.2838,37.3005,1.2176,1.9942,35.8615
Choice_5_SE,25.1035,2.8960,37.3688,4.8629,2.0910,35.8822
Choice_7_SE,13.0818,5.2916,38.3176,2.9891,2.4670,36.0456
ChoiceX,1.8242,2.5454,2.7643,1.2280,2.3244,1.1732
ChoiceX_SE,2.5050,3.0717,38.5991,1.7022,2.7762,36.3306
)";

}  // namespace

TEST_CASE("what a device's time depends on is what was counted by hand", "[device_profile]")
{
    const DeviceWork choice = device_work(alone("Choice_3_SE", 64, 64, 56, 1));
    CHECK(choice.depthwise3 == 903'168);
    CHECK(choice.dense == 6'422'528);
    CHECK(choice.moved == 1'005'856);
    CHECK(choice.shuffled == 401'408);
    CHECK(choice.kernels == 5);
    CHECK(choice.gates == 1);
    const DeviceWork inverted = device_work(alone("MB_3_3", 64, 64, 56, 1));
    CHECK(inverted.depthwise3 == 5'419'008);
    CHECK(inverted.dense == 77'070'336);
    CHECK(inverted.moved == 3'438'272);
    CHECK(inverted.kernels == 3);
    const DeviceWork separable = device_work(alone("SEP_5", 16, 64, 112, 2));
    CHECK(separable.depthwise5 == 2'508'800);
    CHECK(separable.dense == 4'014'080);
    CHECK(separable.moved == 704'544);
    CHECK(separable.kernels == 4);
    const DeviceWork x = device_work(alone("ChoiceX", 16, 64, 112, 2));
    CHECK(x.depthwise3 == 2'709'504);
    CHECK(x.dense == 10'436'608);
    CHECK(x.moved == 1'609'824);
    CHECK(x.shuffled == 401'408);
    CHECK(x.kernels == 8);
}

TEST_CASE("operators cost on the made-up devices what is published", "[device_profile]")
{
    std::istringstream rows(kPublishedLatencies);
    std::string row;
    int operators = 0;
    while (std::getline(rows, row)) {
        if (row.empty())
            continue;
        ++operators;
        std::istringstream cells(row);
        std::string name, cell;
        std::getline(cells, name, ',');
        INFO(name);
        for (const auto& [channels, side] : {std::pair{64.0, 56.0}, {640.0, 7.0}})
            for (const char* device : {"dsp", "cpu", "vpu"}) {
                std::getline(cells, cell, ',');
                CHECK(std::abs(latency(device, alone(name, channels, channels, side, 1)) - std::stod(cell)) < 6e-5);
            }
    }
    CHECK(operators == 32);
}

TEST_CASE("whole networks cost stem, head and operators", "[device_profile]")
{
    const std::tuple<const char*, double, double, double> published[] = {{"Choice_3", 23.1260, 47.9810, 24.4959},
                                                                         {"SEP_3", 38.4262, 97.5059, 41.3982},
                                                                         {"MB_3_1", 23.3097, 53.5482, 31.1365},
                                                                         {"ChoiceX", 32.1099, 57.9278, 36.1082}};
    for (const auto& [name, dsp, cpu, vpu] : published) {
        INFO(name);
        const Network n = whole(name);
        CHECK(std::abs(latency("dsp", n) - dsp) < 6e-5);
        CHECK(std::abs(latency("cpu", n) - cpu) < 6e-5);
        CHECK(std::abs(latency("vpu", n) - vpu) < 6e-5);
    }
}

TEST_CASE("only what comes from a global mean is a gate", "[device_profile]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t trunk = n.add(Op::conv, {x}, {{"out", {6}}}, "trunk");
    const std::size_t narrow = n.add(Op::conv, {trunk}, {{"out", {6}}, {"kernel", {8}}, {"pad", {0}}}, "narrow");
    n.add(Op::multiply, {trunk, narrow});  // one number a channel, made by a convolution
    CHECK(device_work(n).dense == 64 * 4 * 6 + 64 * 6 * 6);
}

TEST_CASE("a depthwise kernel that no profile knows is refused by name", "[device_profile]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 16, 16}}});
    n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {9}}}, "w");
    test::Quiet quiet;
    const Candidate candidate(n);
    CHECK_THAT(DeviceProfile({.device = "dsp"}, {}).evaluate({&candidate, 1}, quiet).at(0).reason,
               Catch::Matchers::Contains("kernel 9"));
}
