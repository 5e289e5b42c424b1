// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

#include "espalier/onnx/export.hpp"

namespace espalier::onnx_sdk {

struct NodeAttribute {
    std::string name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>, std::string> value;
};
using NodeAttributes = std::vector<NodeAttribute>;

/// Writes the nodes of one layer after another. A layer's value is named "<index>_<operation>", the last one's
/// "output".
class GraphWriter {
public:
    GraphWriter(const Network&, const NamedValues&, const ExportOptions&, onnx::GraphProto&);

    void begin(std::size_t layer) { index_ = layer; }
    Layer layer() const { return network_[index_]; }
    std::string input(std::size_t i = 0) const { return value_of(layer().inputs()[i]); }
    std::vector<std::string> inputs() const;
    /// Of the network: what an example's number can be read off. @throws Error if there is none.
    std::string any_input() const;

    /// The node whose output is the layer's value.
    void output(const char* operation, const std::vector<std::string>& inputs, const NodeAttributes& = {});
    /// A node on the way to it, of which a layer has at most one with this role. @return the name of its value.
    std::string inner(const std::string& role, const char* operation, const std::vector<std::string>& inputs,
                      const NodeAttributes& = {});

    /// An input of the network.
    void graph_input();
    void graph_output();

    /// The layer's tensor, "weight", as large as the layer needs it. Empty: it has none of this name.
    std::string weight(const std::string& name);
    /// The same of a matrix, its rows and columns exchanged.
    std::string transposed(const std::string& name);
    std::string constant(const std::string& role, const std::vector<std::int64_t>& numbers);
    std::string constant(const std::string& role, const Values&);
    std::string scalar(const std::string& role, float number);

private:
    std::string value_of(std::size_t layer) const;
    std::string within(const std::string& role) const { return value_of(index_) + "/" + role; }
    std::string initializer(const std::string& name, const Values&);
    void node(const std::string& value, const char* operation, const std::vector<std::string>& inputs,
              const NodeAttributes&);
    void describe(onnx::ValueInfoProto&, const std::string& name, const Shape&) const;

    const Network& network_;
    const NamedValues& values_;
    const ExportOptions& options_;
    onnx::GraphProto& graph_;
    std::vector<std::string> input_names_;  // by layer; empty for others
    std::set<std::string> written_;         // tensors that layers share
    std::size_t index_ = 0;
};

}  // namespace espalier::onnx_sdk
