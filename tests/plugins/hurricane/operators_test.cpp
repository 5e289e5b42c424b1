// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

#include <algorithm>
#include <sstream>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "backbone.hpp"
#include "catch.hpp"

using namespace espalier;
using namespace espalier::hurricane;

namespace {

// The eight different places of the 224 pixel backbone: layers 1, 2-4, 5, 6-8, 9, 10-16, 17, 18-20.
const std::vector<Place> kPlaces{{16, 64, 112, 2},  {64, 64, 56, 1},   {64, 160, 56, 2},  {160, 160, 28, 1},
                                 {160, 320, 28, 2}, {320, 320, 14, 1}, {320, 640, 14, 2}, {640, 640, 7, 1}};

// Multiply-adds and parameters at each of the places.
constexpr const char* kCounts = R"(
SEP_3,4917248,1728,29302784,9600,12142592,15936,42398720,54720,15617280,80640,41269760,211840,15335040,314880,40705280,833280
SEP_5,6522880,2240,35725312,11648,13748224,17984,46412800,59840,16620800,85760,43276800,222080,15836800,325120,41708800,853760
SEP_7,8931328,3008,45359104,14720,16156672,21056,52433920,67520,18126080,93440,46287360,237440,16589440,340480,43214080,884480
SEP_3_SE,4919296,3856,29304832,11728,12155392,28936,42411520,67720,15668480,132240,41320960,263440,15539840,520480,40910080,1038880
SEP_5_SE,6524928,4368,35727360,13776,13761024,30984,46425600,72840,16672000,137360,43328000,273680,16041600,530720,41913600,1059360
SEP_7_SE,8933376,5136,45361152,16848,16169472,34056,52446720,80520,18177280,145040,46338560,289040,16794240,546080,43418880,1090080
MB_3_1,3662848,1328,14651392,4928,8479744,11264,21199360,27680,10317440,53600,20634880,106560,10176320,209600,20352640,417920
MB_3_3,20622336,4592,82489344,27200,63974400,45824,123809280,160160,91163520,237280,122115840,627520,90740160,935360,121269120,2483840
MB_3_6,41244672,9056,164978688,54272,127948800,91328,247618560,320000,182327040,473920,244231680,1254400,181480320,1869440,242538240,4966400
MB_5_1,4465664,1584,17862656,5952,9282560,12288,23206400,30240,10819200,56160,21638400,111680,10427200,214720,20854400,428160
MB_5_3,23030784,5360,92123136,30272,66382848,48896,129830400,167840,92668800,244960,125126400,642880,91492800,950720,122774400,2514560
MB_5_6,46061568,10592,184246272,60416,132765696,97472,259660800,335360,185337600,489280,250252800,1285120,182985600,1900160,245548800,5027840
MB_7_1,5669888,1968,22679552,7488,10486784,13824,26216960,34080,11571840,60000,23143680,119360,10803520,222400,21607040,443520
MB_7_3,26643456,6512,106573824,34880,69995520,53504,138862080,179360,94926720,256480,129642240,665920,92621760,973760,125032320,2560640
MB_7_6,53286912,12896,213147648,69632,139991040,106688,277724160,358400,189853440,512320,259284480,1331200,185243520,1946240,250064640,5120000
MB_3_1_SE,3662976,1476,14653440,7056,8481792,13392,21212160,40680,10330240,66600,20686080,158160,10227520,261200,20557440,623520
MB_3_3_SE,20623488,5804,82507776,45872,63992832,64496,123924480,275960,91278720,353080,122576640,1089520,91200960,1397360,123112320,4329440
MB_3_6_SE,41249280,13784,165052416,128480,128022528,165536,248079360,782000,182787840,935920,246074880,3100000,183323520,3715040,249911040,12344000
MB_5_1_SE,4465792,1732,17864704,8080,9284608,14416,23219200,43240,10832000,69160,21689600,163280,10478400,266320,21059200,633760
MB_5_3_SE,23031936,6572,92141568,48944,66401280,67568,129945600,283640,92784000,360760,125587200,1104880,91953600,1412720,124617600,4360160
MB_5_6_SE,46066176,15320,184320000,134624,132839424,171680,260121600,797360,185798400,951280,252096000,3130720,184828800,3745760,252921600,12405440
MB_7_1_SE,5670016,2116,22681600,9616,10488832,15952,26229760,47080,11584640,73000,23194880,170960,10854720,274000,21811840,649120
MB_7_3_SE,26644608,7724,106592256,53552,70013952,72176,138977280,295160,95041920,372280,130103040,1127920,93082560,1435760,126875520,4406240
MB_7_6_SE,53291520,17624,213221376,143840,140064768,180896,278184960,820400,190314240,974320,261127680,3176800,187086720,3791840,257437440,12497600
Choice_3,13396992,3024,7325696,2528,26304768,18960,10599680,14000,30670080,81280,10317440,53600,30387840,316160,10176320,209600
Choice_5,15805440,3792,8931328,3040,28111104,21264,11603200,15280,31673600,86400,10819200,56160,30889600,326400,10427200,214720
Choice_7,19418112,4944,11339776,3808,30820608,24720,13108480,17200,33178880,94080,11571840,60000,31642240,341760,10803520,222400
Choice_3_SE,13398144,4236,7326208,3080,26309376,23688,10602880,17300,30682880,94280,10330240,66600,30439040,367760,10227520,261200
Choice_5_SE,15806592,5004,8931840,3592,28115712,25992,11606400,18580,31686400,99400,10832000,69160,30940800,378000,10478400,266320
Choice_7_SE,19419264,6156,11340288,4360,30825216,29448,13111680,20500,33191680,107080,11584640,73000,31693440,393360,10854720,274000
ChoiceX,13146112,4640,12343296,4320,20296192,27104,16746240,22320,21199360,110720,15899520,83040,20634880,426240,15476160,319680
ChoiceX_SE,13147264,5852,12343808,4872,20300800,31832,16749440,25620,21212160,123720,15912320,96040,20686080,477840,15527360,371280
)";

const Operator& op(const char* name)
{
    return kOperators[operator_named(name)];
}

/// The operations in order, without the input: "relu conv conv ...".
std::string operations(const Network& network)
{
    std::string text;
    for (const Layer layer : network)
        if (layer.op() != Op::input)
            text += (text.empty() ? "" : " ") + std::string(name(layer.op()));
    return text;
}

std::vector<Layer> all_of(const Network& network, Op wanted)
{
    std::vector<Layer> found;
    for (const Layer layer : network)
        if (layer.op() == wanted)
            found.push_back(layer);
    return found;
}

constexpr Place kWithin{64, 64, 56, 1}, kBetween{64, 160, 56, 2};

}  // namespace

TEST_CASE("operators have the published multiply-adds and parameters at each place", "[hurricane]")
{
    std::istringstream rows(kCounts);
    std::string row;
    std::vector<std::string> names;
    while (std::getline(rows, row)) {
        if (row.empty())
            continue;
        std::replace(row.begin(), row.end(), ',', ' ');
        std::istringstream cells(row);
        std::string name;
        cells >> name;
        for (const Place& place : kPlaces) {
            INFO(name << " from " << place.in << " to " << place.out << " channels");
            double wanted_macs = 0, wanted_params = 0;
            REQUIRE(cells >> wanted_macs >> wanted_params);
            const Network network = alone(op(name.c_str()), place);
            CHECK(macs(network) == wanted_macs);
            CHECK(params(network) == wanted_params);
        }
        names.push_back(name);
    }
    CHECK(names == operator_names());
}

TEST_CASE("the 224 pixel backbone has these places, and mini the same at its size", "[hurricane]")
{
    std::vector<Place> distinct = places(backbone("spos"), 224);
    REQUIRE(distinct.size() == 20);
    CHECK(std::count(distinct.begin(), distinct.end(), kPlaces[5]) == 7);
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    CHECK(distinct == kPlaces);
    const std::vector<Place> mini = places(backbone("mini"), 32);
    CHECK(mini.front() == Place{8, 16, 32, 2});
    CHECK(mini[4] == Place{16, 40, 16, 2});
    CHECK(mini.back() == Place{160, 160, 2, 1});
}

TEST_CASE("every operator gives the shape of its place, odd sides too", "[hurricane]")
{
    for (const Operator& each : kOperators)
        for (Place place : kPlaces)
            for (const std::int64_t side : {place.side, place.side + 1}) {
                INFO(each.name << " from " << place.in << " to " << place.out << " channels, " << side);
                place.side = side;
                const std::int64_t behind = (side + place.stride - 1) / place.stride;
                CHECK(alone(each, place).output().shape() == Shape{place.out, behind, behind});
            }
}

TEST_CASE("an operator's layers come in the paper's order", "[hurricane]")
{
    CHECK(operations(alone(op("SEP_3"), kWithin)) == "relu conv conv batch_norm relu conv conv batch_norm");
    CHECK(operations(alone(op("SEP_3_SE"), kBetween)) ==
          "relu conv conv batch_norm relu conv conv batch_norm global_average conv relu conv hsigmoid multiply");
    CHECK(operations(alone(op("MB_5_3"), kWithin)) ==
          "conv batch_norm relu6 conv batch_norm relu6 conv batch_norm add");
    CHECK(operations(alone(op("MB_5_1_SE"), kBetween)) ==
          "conv batch_norm relu6 global_average conv relu conv hsigmoid multiply conv batch_norm");
    CHECK(operations(alone(op("Choice_7"), kWithin)) ==
          "slice slice conv batch_norm relu conv batch_norm conv batch_norm relu concat");
    CHECK(operations(alone(op("Choice_7_SE"), kBetween)) ==
          "conv batch_norm conv batch_norm relu "
          "conv batch_norm relu conv batch_norm conv batch_norm relu "
          "global_average conv relu conv hsigmoid multiply concat");
    CHECK(operations(alone(op("ChoiceX"), kWithin)) ==
          "slice slice conv batch_norm conv batch_norm relu conv batch_norm conv batch_norm relu "
          "conv batch_norm conv batch_norm relu concat");
}

TEST_CASE("only the first depthwise convolution of a branch has the stride", "[hurricane]")
{
    const auto strides = [](const char* name) {
        std::string text;
        const Network network = alone(op(name), kBetween);
        for (const Layer conv : all_of(network, Op::conv))
            text += conv.spec().number("stride", 1) == 2 ? '2' : '1';
        return text;
    };
    CHECK(strides("SEP_5") == "2111");
    CHECK(strides("MB_3_6") == "121");
    CHECK(strides("MB_3_1") == "21");
    CHECK(strides("Choice_3") == "21121");
    CHECK(strides("ChoiceX") == "21211111");
}

TEST_CASE("half of the channels is kept, the even ones, and comes first", "[hurricane]")
{
    for (const char* name : {"Choice_3", "Choice_5_SE", "ChoiceX", "ChoiceX_SE"}) {
        INFO(name);
        const Network within = alone(op(name), kWithin);
        const Layer kept = within[within.output().inputs()[0]];
        CHECK(kept.op() == Op::slice);
        CHECK(kept.spec().number("begin", 0) == 0);
        CHECK(kept.spec().number("step", 1) == 2);
        CHECK(kept.shape() == Shape{32, 56, 56});
        const Layer worked_on = all_of(within, Op::slice).at(1);
        CHECK(worked_on.spec().number("begin", 0) == 1);
        CHECK(worked_on.spec().number("step", 1) == 2);

        const Network between = alone(op(name), kBetween);
        const Layer projected = between[between.output().inputs()[0]];
        CHECK(projected.shape() == Shape{64, 28, 28});
        CHECK(between[between.output().inputs()[1]].shape() == Shape{96, 28, 28});
    }
}

TEST_CASE("an inverted residual adds its input where neither side nor channels change", "[hurricane]")
{
    for (const Operator& each : kOperators)
        for (const Place& place : {kWithin, kBetween, Place{64, 160, 56, 1}, Place{64, 64, 56, 2}}) {
            if (place.stride == 2 && place.in == place.out && each.family != Family::bottleneck)
                continue;
            INFO(each.name << " from " << place.in << " to " << place.out << " channels, stride " << place.stride);
            const bool adds = each.family == Family::bottleneck && place == kWithin;
            CHECK(all_of(alone(each, place), Op::add).size() == (adds ? 1 : 0));
        }
}

TEST_CASE("squeeze and excite works on a quarter of the channels, with biases and without normalisation", "[hurricane]")
{
    const std::tuple<const char*, Place, std::int64_t> wanted[] = {
        {"SEP_3_SE", kBetween, 160},        {"MB_3_6_SE", kBetween, 384},  {"MB_7_1_SE", {8, 16, 32, 2}, 8},
        {"Choice_3_SE", kWithin, 32},       {"Choice_3_SE", kBetween, 96}, {"ChoiceX_SE", {8, 16, 32, 2}, 8},
        {"Choice_5_SE", {10, 44, 8, 2}, 34}};  // 34 / 4 is rounded down
    for (const auto& [name, place, channels] : wanted) {
        INFO(name << " to " << place.out << " channels");
        const Network network = alone(op(name), place);
        REQUIRE(all_of(network, Op::multiply).size() == 1);
        CHECK(all_of(network, Op::multiply)[0].shape()[0] == channels);
        std::vector<Layer> biased;
        for (const Layer conv : all_of(network, Op::conv))
            if (conv.spec().number("bias", 0) == 1)
                biased.push_back(conv);
        REQUIRE(biased.size() == 2);
        CHECK(biased[0].shape() == Shape{channels / 4, 1, 1});
        CHECK(biased[1].shape() == Shape{channels, 1, 1});
        CHECK(all_of(network, Op::hsigmoid).size() == 1);
    }
    const Network other = alone(op("MB_3_3_SE"), kWithin, {.affine = false, .gate = Op::hswish});
    CHECK(all_of(other, Op::hswish).size() == 1);
    CHECK(params(other) == 45'872 - 2 * (192 + 192 + 64));
}

TEST_CASE("a name that no operator has is refused with the nearest", "[hurricane]")
{
    CHECK_THROWS_WITH(operator_named("Choise_3"),
                      Catch::Matchers::StartsWith("'Choise_3' is no operator; did you mean 'Choice_3'?"));
}
