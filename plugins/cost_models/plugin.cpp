// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "additive.hpp"
#include "analytic/blackbox.hpp"
#include "analytic/device_profile.hpp"
#include "analytic/roofline.hpp"
#include "analytic/systolic.hpp"
#include "analytic/systolic_tiles.hpp"
#include "composite.hpp"
#include "counted.hpp"
#include "layer_table.hpp"
#include "lookup.hpp"
#include "memory.hpp"
#include "table.hpp"

namespace espalier::cost_models {
namespace {

void register_components(Registry& registry)
{
    registry.add<Macs>("macs", "multiply-adds of one example in the live network");
    registry.add<Params>("params", "trainable numbers of the live network");
    registry.add<Memory>("memory", "bytes of weights and live activations at the layer where these are most");
    registry.add<Roofline>("roofline", "multiply-adds or bytes moved, whichever take longer, layer by layer");
    registry.add<Systolic>("systolic", "latency and utilisation of a weight-stationary systolic array");
    registry.add<SystolicTiles>("systolic_tiles", "the same array tile by tile, with the loading of weights");
    registry.add<Blackbox>("blackbox", "another cost model, read off a grid of layers' widths");
    registry.add<DeviceProfile>("device_profile", "latency on a made-up DSP, CPU or VPU");
    registry.add<Composite>("composite", "sum, largest, smallest or ratio of other cost models' metrics");
    registry.add<Lookup>("lookup", "the sum over a network's blocks, each looked up in a CSV file");
    registry.add<Additive>("additive", "a sum over decisions, what each option costs looked up in a CSV file");
    registry.add<LayerTable>("layer_table", "the sum over a network's groups of layers, each looked up in a CSV file");
    registry.add<Table>("table", "a column of a CSV file with one row an architecture");
}

}  // namespace
}  // namespace espalier::cost_models

ESPALIER_PLUGIN("cost_models", "0.1.0", espalier::cost_models::register_components)
