// SPDX-License-Identifier: Apache-2.0
#include "graph_writer.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "layer_values.hpp"

namespace espalier::onnx_sdk {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

template <class Number>
void put(onnx::TensorProto& tensor, const std::string& name, int type, const std::vector<Number>& numbers)
{
    tensor.set_name(name);
    tensor.set_data_type(type);
    tensor.set_raw_data(numbers.data(), numbers.size() * sizeof(Number));
}

struct AttributeValue {
    onnx::AttributeProto& to;

    void operator()(std::int64_t number) const
    {
        to.set_type(onnx::AttributeProto::INT);
        to.set_i(number);
    }
    void operator()(float number) const
    {
        to.set_type(onnx::AttributeProto::FLOAT);
        to.set_f(number);
    }
    void operator()(const std::vector<std::int64_t>& numbers) const
    {
        to.set_type(onnx::AttributeProto::INTS);
        to.mutable_ints()->Add(numbers.begin(), numbers.end());
    }
    void operator()(const std::string& text) const
    {
        to.set_type(onnx::AttributeProto::STRING);
        to.set_s(text);
    }
};

}  // namespace

GraphWriter::GraphWriter(const Network& network, const NamedValues& values, const ExportOptions& options,
                         onnx::GraphProto& graph)
    : network_{network}, values_{values}, options_{options}, graph_{graph}, input_names_(network.size())
{
    std::vector<std::size_t> found;
    for (const Layer layer : network)
        if (layer.op() == Op::input)
            found.push_back(layer.index());
    if (!options.inputs.empty() && options.inputs.size() != found.size())
        throw Error(fmt::format("the network has {} inputs, but {} names are given for them", found.size(),
                                options.inputs.size()));
    for (std::size_t i = 0; i < found.size(); ++i)
        input_names_[found[i]] = !options.inputs.empty() ? options.inputs[i]
                                 : found.size() == 1     ? "input"
                                                         : fmt::format("input_{}", i);
}

std::string GraphWriter::value_of(std::size_t layer) const
{
    if (!input_names_[layer].empty())
        return input_names_[layer];
    return layer + 1 == network_.size() ? "output" : fmt::format("{}_{}", layer, network_[layer].spec().name);
}

std::vector<std::string> GraphWriter::inputs() const
{
    std::vector<std::string> names;
    for (const std::size_t input : layer().inputs())
        names.push_back(value_of(input));
    return names;
}

std::string GraphWriter::any_input() const
{
    const auto found = std::ranges::find_if(input_names_, [](const std::string& name) { return !name.empty(); });
    if (found == input_names_.end())
        throw Error("says the same for every example, and the network has no input that says how many there are");
    return *found;
}

void GraphWriter::node(const std::string& value, const char* operation, const std::vector<std::string>& inputs,
                       const NodeAttributes& attributes)
{
    onnx::NodeProto& node = *graph_.add_node();
    node.set_name(value);
    node.set_op_type(operation);
    for (const std::string& input : inputs)
        node.add_input(input);
    node.add_output(value);
    for (const NodeAttribute& attribute : attributes) {
        onnx::AttributeProto& written = *node.add_attribute();
        written.set_name(attribute.name);
        std::visit(AttributeValue{written}, attribute.value);
    }
}

void GraphWriter::output(const char* operation, const std::vector<std::string>& inputs,
                         const NodeAttributes& attributes)
{
    node(value_of(index_), operation, inputs, attributes);
}

std::string GraphWriter::inner(const std::string& role, const char* operation, const std::vector<std::string>& inputs,
                               const NodeAttributes& attributes)
{
    std::string value = within(role);
    node(value, operation, inputs, attributes);
    return value;
}

void GraphWriter::describe(onnx::ValueInfoProto& value, const std::string& name, const Shape& shape) const
{
    value.set_name(name);
    onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    onnx::TensorShapeProto::Dimension& examples = *type.mutable_shape()->add_dim();
    if (options_.batch > 0)
        examples.set_dim_value(options_.batch);
    else
        examples.set_dim_param("batch");
    for (const std::int64_t extent : shape)
        type.mutable_shape()->add_dim()->set_dim_value(extent);
}

void GraphWriter::graph_input()
{
    describe(*graph_.add_input(), input_names_[index_], layer().shape());
}

void GraphWriter::graph_output()
{
    const Layer last = network_.output();
    if (last.op() == Op::input)  // a network that hands its input on
        node("output", "Identity", {value_of(last.index())}, {});
    describe(*graph_.add_output(), "output", last.shape());
}

std::string GraphWriter::initializer(const std::string& name, const Values& values)
{
    if (!written_.insert(name).second)
        return name;
    onnx::TensorProto& tensor = *graph_.add_initializer();
    put(tensor, name, onnx::TensorProto::FLOAT, values.numbers);
    for (const std::int64_t extent : values.shape)
        tensor.add_dims(extent);
    return name;
}

namespace {

/// Null: the layer has none of this name.
const WeightShape* find_tensor(const std::vector<WeightShape>& tensors, const std::string& name)
{
    const auto found = std::ranges::find(tensors, name, &WeightShape::name);
    return found == tensors.end() ? nullptr : &*found;
}

/// Of a part of a shared tensor, which other layers may use whole.
std::string tensor_name(const Layer& layer, const WeightShape& own, const NamedValues& values)
{
    const std::string name = layer.spec().weights + "." + own.name;
    const auto whole = values.find(name);
    return whole == values.end() || whole->second.shape == own.shape ? name : name + "/" + to_string(own.shape);
}

}  // namespace

std::string GraphWriter::weight(const std::string& name)
{
    const std::vector<WeightShape> tensors = weight_shapes(layer());
    const WeightShape* own = find_tensor(tensors, name);
    return own == nullptr ? "" : initializer(tensor_name(layer(), *own, values_), layer_values(layer(), *own, values_));
}

std::string GraphWriter::transposed(const std::string& name)
{
    const std::vector<WeightShape> tensors = weight_shapes(layer());
    const WeightShape& own = *find_tensor(tensors, name);
    const Values rows = layer_values(layer(), own, values_);
    const std::int64_t height = rows.shape[0], width = rows.shape[1];
    Values columns{{width, height}, std::vector<float>(rows.numbers.size())};
    for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j)
            columns.numbers[static_cast<std::size_t>(j * height + i)] =
                rows.numbers[static_cast<std::size_t>(i * width + j)];
    return initializer(tensor_name(layer(), own, values_) + "/transposed", columns);
}

std::string GraphWriter::constant(const std::string& role, const std::vector<std::int64_t>& numbers)
{
    onnx::TensorProto& tensor = *graph_.add_initializer();
    put(tensor, within(role), onnx::TensorProto::INT64, numbers);
    tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
    return tensor.name();
}

std::string GraphWriter::constant(const std::string& role, const Values& values)
{
    return initializer(within(role), values);
}

std::string GraphWriter::scalar(const std::string& role, float number)
{
    return initializer(within(role), {{}, {number}});
}

}  // namespace espalier::onnx_sdk
