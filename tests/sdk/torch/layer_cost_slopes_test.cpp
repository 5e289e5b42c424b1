// SPDX-License-Identifier: Apache-2.0
// Every cost model of this build that prices layers at real-valued widths: what autograd makes of `layer_cost` are the
// slopes, of single layers and of a whole network whose layers share widths.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>

#include "espalier/torch/network/layer_cost.hpp"

#include "catch.hpp"
#include "host/plugins/plugin_host.hpp"
#include "toys/finite_differences.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Those that price layers, with the options that their derivatives depend on.
const std::multimap<std::string, std::string> kPriceLayers{
    {"blackbox", "of: {use: systolic, rows: 16, columns: 16}, utilisation: utilisation"},
    {"composite",
     "as: mixed_ms, weights: [2, 0.5], metrics: [latency_ms, latency_ms], of: [{use: systolic, ceiling: smooth}, "
     "{use: roofline}]"},
    {"macs", "rule: fvcore"},
    {"macs", "rule: torchprofile"},
    {"params", ""},
    {"roofline", "batch: 3"},
    {"roofline", "bandwidth_bytes_per_s: 1e6"},
    {"roofline", "bandwidth_bytes_per_s: .inf"},
    {"roofline", "bandwidth_bytes_per_s: 1e8, published_bytes: true"},
    {"systolic", "rows: 16, columns: 16, ceiling: hard"},
    {"systolic", "rows: 16, columns: 8, ceiling: smooth, batch: 4"},
    {"systolic", "ceiling: smooth"},
    {"systolic", "ceiling: smooth, first_tile_hard: true"},
    {"systolic_tiles", "rows: 16, columns: 8"},
    {"systolic_tiles", "rows: 16, columns: 8, bandwidth_bytes_per_s: 1e8, batch: 3"},
};
const std::set<std::string> kPriceNone{"additive", "command", "device_profile", "layer_table", "lookup",
                                       "measured", "memory",  "predicted",      "table"};
const std::set<std::string> kNeedNoOptions{"measured", "memory"};

class Models {
public:
    std::set<std::string> names() const
    {
        std::set<std::string> names;
        for (const host::CatalogComponent& component : catalog_.components())
            if (component.info.kind == Kind::cost_model)
                names.insert(component.info.name);
        return names;
    }
    std::unique_ptr<CostModel> made(const std::string& name, const std::string& options)
    {
        return plugins_.setup().make(Use<CostModel>("{use: " + name + (options.empty() ? "" : ", ") + options + "}"));
    }

private:
    std::vector<std::filesystem::path> folders_{std::filesystem::path(ESPALIER_BINARY_DIR) / "lib/espalier/plugins"};
    host::Catalog catalog_{folders_};
    host::PluginHost plugins_{catalog_};
};

/// Each kind of layer that costs something.
Network layers_of_all_kinds()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {16, 12, 12}}});
    x = n.add(Op::conv, {x}, {{"out", {24}}, {"kernel", {3}}, {"stride", {2}}}, "full");
    x = n.add(Op::conv, {x}, {{"out", {32}}}, "pointwise");
    x = n.add(Op::conv, {x}, {{"out", {40}}, {"kernel", {3}}, {"groups", {4}}}, "grouped");
    x = n.add(Op::hswish, {x});
    const std::size_t gated = n.add(Op::conv, {x}, {{"kernel", {5}}, {"depthwise", {1}}}, "depthwise");
    const std::size_t mean = n.add(Op::global_average, {gated});
    const std::size_t gate = n.add(Op::hsigmoid, {n.add(Op::linear, {mean}, {{"out", {40}}}, "gate")});
    x = n.add(Op::multiply, {gated, gate});
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "head");
    return n;
}

/// @param f a cost, a function of widths.
void check_slopes(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& widths)
{
    const at::Tensor by_graph = graph_slopes(f, widths), slopes = finite_differences(f, widths);
    const double value = f(widths).item<double>();
    for (std::int64_t i = 0; i < widths.numel(); ++i) {
        INFO("width " << i << " at " << widths[i].item<double>());
        CHECK(by_graph[i].item<double>() ==
              Approx(slopes[i].item<double>()).epsilon(1e-5).margin(1e-9 * std::abs(value)));
    }
}

/// A network's cost by the widths of its layers, one each: the input's is that of the layer that it comes from.
at::Tensor network_cost(const CostModel& model, const std::string& metric, const Network& network,
                        const at::Tensor& widths)
{
    const LayerCosts& costs = *model.layers(metric);
    const std::string weight = costs.weighted_by();
    at::Tensor sum = at::scalar_tensor(0, at::kDouble), weights = sum;
    for (const Layer layer : network) {
        if (layer.inputs().empty())
            continue;
        const at::Tensor in = widths[layer.inputs()[0]], out = widths[static_cast<std::int64_t>(layer.index())];
        const at::Tensor cost = layer_cost(costs, layer, in, out);
        const at::Tensor share =
            weight.empty() ? at::scalar_tensor(1, at::kDouble) : layer_cost(*model.layers(weight), layer, in, out);
        sum = sum + share * cost;
        weights = weights + share;
    }
    return weight.empty() ? sum : sum / weights;
}

}  // namespace

TEST_CASE("of every cost model it is known whether it prices layers", "[layer_cost]")
{
    Models models;
    for (const std::string& name : models.names()) {
        INFO(name);
        CHECK(kPriceLayers.contains(name) != kPriceNone.contains(name));
        if (!kNeedNoOptions.contains(name))
            continue;
        const auto model = models.made(name, "");
        for (const std::string& metric : model->metrics())
            CHECK(model->layers(metric) == nullptr);
    }
}

TEST_CASE("autograd's gradients by a layer's widths are the slopes under every cost model", "[layer_cost]")
{
    Models models;
    const Network network = layers_of_all_kinds();
    for (const auto& [name, options] : kPriceLayers) {
        const auto model = models.made(name, options);
        for (const std::string& metric : model->metrics()) {
            REQUIRE(model->layers(metric) != nullptr);
            const LayerCosts& costs = *model->layers(metric);
            for (const Layer layer : network) {
                if (layer.inputs().empty())
                    continue;
                const auto cost = [&](const at::Tensor& x) { return layer_cost(costs, layer, x[0], x[1]); };
                for (const auto& [in, out] : {std::pair{17.3, 16.6}, {20.1, 31.9}, {2.2, 40.7}}) {
                    INFO(name << " {" << options << "} " << metric << " of " << espalier::name(layer.op()) << " "
                              << layer.index() << " at " << in << ", " << out);
                    check_slopes(cost, at::tensor({in, out}, at::kDouble));
                }
            }
        }
    }
}

TEST_CASE("autograd's gradients of a network's cost by widths that layers share are the slopes", "[layer_cost]")
{
    Models models;
    const Network network = layers_of_all_kinds();
    at::Tensor widths = at::tensor(std::vector<double>(network.size()), at::kDouble);
    for (std::size_t i = 0; i < network.size(); ++i)
        widths.mutable_data_ptr<double>()[i] = 15.3 + 2.7 * static_cast<double>(i);
    for (const auto& [name, options] : kPriceLayers) {
        const auto model = models.made(name, options);
        for (const std::string& metric : model->metrics()) {
            INFO(name << " {" << options << "} " << metric);
            check_slopes([&](const at::Tensor& x) { return network_cost(*model, metric, network, x); }, widths);
        }
    }
}
