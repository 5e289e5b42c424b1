// SPDX-License-Identifier: Apache-2.0
#include "espalier/onnx/export.hpp"

#include <limits>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier::onnx_sdk {

std::string onnx_model(const Network& network, const NamedValues& values, const ExportOptions& options)
{
    if (network.size() == 0)
        throw Error("a network without layers cannot be written");
    onnx::ModelProto model;
    model.set_ir_version(kIrVersion);
    model.set_producer_name("espalier");
    model.add_opset_import()->set_version(kOperatorSet);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(options.name);
    GraphWriter writer(network, values, options, graph);
    for (const Layer layer : network) {
        writer.begin(layer.index());
        try {
            write_layer(writer);
        } catch (const Error& error) {
            throw Error(fmt::format("layer {} ({}): {}", layer.index(), layer.spec().name, error.what()));
        }
    }
    writer.graph_output();
    const std::size_t bytes = model.ByteSizeLong();
    if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Error(fmt::format("the network takes {} bytes; an ONNX file holds less than 2 GiB", bytes));
    return model.SerializeAsString();
}

}  // namespace espalier::onnx_sdk
