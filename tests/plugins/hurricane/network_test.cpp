// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <set>
#include <string>
#include <tuple>

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "hurricane.hpp"

using namespace espalier;
using namespace espalier::hurricane;

namespace {

Network of_one_operator(const char* name)
{
    const Backbone& spos = backbone("spos");
    const Network super = super_network(spos, spos.task, {}, Lists(kLayers, {operator_named(name)}));
    return resolved(super, Region(Architecture{std::vector<std::uint16_t>(kLayers, 0)}));
}

}  // namespace

TEST_CASE("networks have the published multiply-adds and parameters", "[hurricane]")
{
    const Hurricane manual({}, {});
    const Network spos =
        manual.network(Region(Architecture{{2, 1, 0, 1, 2, 0, 2, 0, 2, 0, 2, 3, 0, 0, 0, 0, 3, 2, 3, 3}}));
    CHECK(macs(spos) == 322'918'720);
    CHECK(params(spos) == 3'558'464);
    const std::tuple<const char*, double, double> published[] = {
        {"Choice_3", 295'842'496, 3'154'880},   {"Choice_5", 313'654'976, 3'211'968},
        {"Choice_7", 340'373'696, 3'297'600},   {"ChoiceX", 358'825'920, 3'870'816},
        {"SEP_3", 712'676'480, 6'270'736},      {"MB_3_1", 384'246'336, 4'055'168},
        {"MB_3_6", 4'246'584'704, 28'928'432},  {"MB_7_6_SE", 4'683'737'984, 69'269'672},
        {"Choice_3_SE", 296'166'592, 3'482'776}};
    for (const auto& [name, wanted_macs, wanted_params] : published) {
        INFO(name);
        const Network network = of_one_operator(name);
        CHECK(macs(network) == wanted_macs);
        CHECK(params(network) == wanted_params);
    }
}

TEST_CASE("SPOS' published network has 3,529,312 weights of convolutions and the linear layer", "[hurricane]")
{
    const Hurricane manual({.affine = false}, {});
    CHECK(params(manual.network(Region(Architecture{{2, 1, 0, 1, 2, 0, 2, 0, 2, 0, 2, 3, 0, 0, 0, 0, 3, 2, 3, 3}}))) ==
          3'529'312);
}

TEST_CASE("stem, head and classifier have the published multiply-adds", "[hurricane]")
{
    for (const Layer layer : of_one_operator("Choice_3")) {
        if (layer.spec().weights == "stem")
            CHECK(macs(layer) == 5'419'008);
        if (layer.spec().weights == "head")
            CHECK(macs(layer) == 32'112'640);
        if (layer.spec().weights == "classifier")
            CHECK(macs(layer) == 1'024'000);
    }
}

TEST_CASE("mini's super-networks have the published parameters", "[hurricane]")
{
    const Hurricane mini({.backbone = "mini", .affine = false}, {});
    const Region all(mini.decisions());
    CHECK(params(mini.network(all)) == 535'252);
    Region first = all, second = all;
    for (std::size_t layer = 0; layer < kLayers; ++layer)
        (layer < 8 ? first : second).fix(layer, 0);
    CHECK(params(mini.network(first)) == 508'032);
    CHECK(params(mini.network(second)) == 167'852);
    CHECK(params(mini.network(Region(Architecture{std::vector<std::uint16_t>(kLayers, 0)}))) == 140'632);
}

TEST_CASE("operators share no weights, normalisations neither", "[hurricane]")
{
    const Backbone& spos = backbone("spos");
    const Network super = super_network(spos, spos.task, {}, named_lists("large"));
    std::set<std::string> names;
    std::size_t named = 0;
    for (const Layer layer : super)
        if (!layer.spec().weights.empty()) {
            ++named;
            names.insert(layer.spec().weights);
        }
    CHECK(names.size() == named);
    CHECK(names.count("layer7.MB_5_3_SE.squeeze.reduce") == 1);
    CHECK(names.count("layer20.ChoiceX.depth3.bn") == 1);
    CHECK(marked(super, Mark::block).size() == 1 + kLayers);
    CHECK(marked(super, Mark::branch).size() == kLayers);

    double operators = 0;
    for (const Place& place : places(spos, spos.task.side))
        for (const Operator& op : kOperators)
            operators += params(alone(op, place));
    const double around = 16 * 27 + 2 * 16 + 640 * 1024 + 2 * 1024 + 1024 * 1000;
    CHECK(params(super) == operators + around);
}
