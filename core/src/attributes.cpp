// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

#include "layer_entry.hpp"

namespace espalier {
namespace {

using Pair = std::array<std::int64_t, 2>;

// 2^53: beyond it a double no longer holds every whole number.
constexpr double kLargest = 9007199254740992.0;

/// Takes the attributes of one layer out of the map, checks them, and keeps those that differ from their defaults.
class Reader {
public:
    Reader(Attributes given, std::string place) : given_{std::move(given)}, place_{std::move(place)} {}

    [[noreturn]] void fail(const std::string& sentence) const { throw Error(place_ + ": " + sentence); }

    bool has(std::string_view key) const { return given_.find(key) != given_.end(); }

    double real(const std::string& key, double preset, double low, double high)
    {
        const auto* values = find(key, 1, 1);
        const double value = values != nullptr ? values->front() : preset;
        if (!(value >= low && value <= high))
            fail("attribute '" + key + "' is " + shown(value) + ", allowed are " + shown(low) + " to " + shown(high));
        return keep(key, {value}, {preset}), value;
    }
    std::int64_t whole(const std::string& key, std::int64_t preset, std::int64_t low)
    {
        const auto* values = find(key, 1, 1);
        const std::int64_t value = values != nullptr ? integer(key, values->front(), low) : preset;
        return keep(key, {static_cast<double>(value)}, {static_cast<double>(preset)}), value;
    }
    std::int64_t required(const std::string& key, std::int64_t low)
    {
        const auto* values = find(key, 1, 1);
        if (values == nullptr)
            fail("attribute '" + key + "' is missing");
        const std::int64_t value = integer(key, values->front(), low);
        kept_[key] = {static_cast<double>(value)};
        return value;
    }
    bool flag(const std::string& key, bool preset)
    {
        const auto* values = find(key, 1, 1);
        const double value = values != nullptr ? values->front() : preset ? 1.0 : 0.0;
        if (value != 0 && value != 1)
            fail("attribute '" + key + "' is " + shown(value) + ", allowed are 0 and 1");
        return keep(key, {value}, {preset ? 1.0 : 0.0}), value == 1;
    }
    /// {a} stands for {a, a}.
    Pair pair(const std::string& key, Pair preset, std::int64_t low)
    {
        Pair value = preset;
        if (const auto* values = find(key, 1, 2))
            value = {integer(key, values->front(), low), integer(key, values->back(), low)};
        if (value != preset) {
            kept_[key] = {static_cast<double>(value[0])};
            if (value[0] != value[1])
                kept_[key].push_back(static_cast<double>(value[1]));
        }
        return value;
    }
    std::vector<std::int64_t> list(const std::string& key, std::int64_t low, bool must)
    {
        std::vector<std::int64_t> items;
        const auto* values = find(key, 1, std::numeric_limits<std::size_t>::max());
        if (values == nullptr && must)
            fail("attribute '" + key + "' is missing");
        if (values == nullptr)
            return items;
        for (const double value : *values)
            items.push_back(integer(key, value, low));
        kept_[key] = *values;
        return items;
    }
    void set(const std::string& key, std::int64_t value) { kept_[key] = {static_cast<double>(value)}; }

    /// What remains to be said, after every attribute of the operation was asked for. @throws Error for unknown ones.
    Attributes rest()
    {
        for (const auto& [key, values] : given_)
            if (std::find(known_.begin(), known_.end(), key) == known_.end())
                fail("unknown attribute '" + key + "'" + (known_.empty() ? "; it has none" : suggestion(key, known_)));
        return std::move(kept_);
    }

private:
    static std::string shown(double value)
    {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
        return text;
    }
    const std::vector<double>* find(const std::string& key, std::size_t least, std::size_t most)
    {
        known_.push_back(key);
        const auto found = given_.find(key);
        if (found == given_.end())
            return nullptr;
        if (found->second.size() < least || found->second.size() > most)
            fail("attribute '" + key + "' has " + std::to_string(found->second.size()) + " numbers, allowed " +
                 (most == 1   ? "is 1"
                  : most == 2 ? "are 1 or 2"
                              : "are 1 or more"));
        return &found->second;
    }
    std::int64_t integer(const std::string& key, double value, std::int64_t low) const
    {
        if (!(value >= static_cast<double>(low)) || value > kLargest || value != std::floor(value))
            fail("attribute '" + key + "' is " + shown(value) + ", allowed are whole numbers from " +
                 std::to_string(low));
        return static_cast<std::int64_t>(value);
    }
    void keep(const std::string& key, std::vector<double> value, const std::vector<double>& preset)
    {
        if (value != preset)
            kept_[key] = std::move(value);
    }

    Attributes given_, kept_;
    std::string place_;
    std::vector<std::string> known_;
};

void read_window(Reader& read, LayerEntry& entry, Pair kernel, bool dilated)
{
    Window& w = entry.window;
    w.kernel = read.pair("kernel", kernel, 1);
    w.stride = read.pair("stride", {1, 1}, 1);
    if (dilated)
        w.dilation = read.pair("dilation", {1, 1}, 1);
    w.pad = read.pair("pad", {w.dilation[0] * (w.kernel[0] - 1) / 2, w.dilation[1] * (w.kernel[1] - 1) / 2}, 0);
}

void read_pool(Reader& read, LayerEntry& entry, bool dilated)
{
    read_window(read, entry, {2, 2}, dilated);
    for (const int axis : {0, 1})
        if (entry.window.pad[axis] > entry.window.kernel[axis] / 2)
            read.fail("attribute 'pad' is " + std::to_string(entry.window.pad[axis]) +
                      ", allowed is at most half the kernel of " + std::to_string(entry.window.kernel[axis]));
}

// A conv with as many groups as input channels is kept as depthwise, because its groups follow the width when a mask
// makes its input narrower.
void read_conv(Reader& read, LayerEntry& entry, std::span<const Shape* const> inputs)
{
    read_window(read, entry, {1, 1}, true);
    entry.bias = read.flag("bias", false);
    const std::int64_t channels =
        inputs.size() == 1 && inputs[0] != nullptr && inputs[0]->size() > 0 ? (*inputs[0])[0] : 0;
    const bool said = read.flag("depthwise", false);
    const std::int64_t multiplier = read.whole("multiplier", 1, 1);
    if (said && read.has("groups"))
        read.fail("a depthwise convolution has as many groups as channels, leave 'groups' out");
    if (!said && read.has("multiplier"))
        read.fail("attribute 'multiplier' needs 'depthwise'");
    if (said && read.has("out") && read.required("out", 1) != channels * multiplier)
        read.fail("a depthwise convolution of " + std::to_string(channels) + " channels with multiplier " +
                  std::to_string(multiplier) + " has " + std::to_string(channels * multiplier) + " outputs, not " +
                  std::to_string(read.required("out", 1)));
    entry.depthwise = said;
    entry.multiplier = multiplier;
    if (said) {
        read.whole("groups", 1, 1);
        read.whole("out", 0, 1);
        return;
    }
    entry.out = read.required("out", 1);
    entry.groups = read.whole("groups", 1, 1);
    if (entry.groups > 1 && entry.groups == channels && entry.out % channels == 0) {
        entry.depthwise = true;
        entry.multiplier = entry.out / channels;
        entry.groups = 1, entry.out = 0;
    }
}

void read_decision(Reader& read, LayerEntry& entry, std::size_t inputs)
{
    const bool mask = entry.op == Op::channel_mask;
    entry.decision = static_cast<std::size_t>(read.required("decision", 0));
    if (mask)
        entry.widths = read.list("widths", 1, true);
    const std::size_t count = mask ? entry.widths.size() : inputs;
    const std::vector<std::int64_t> options = read.list("options", 0, false);
    if (!options.empty() && options.size() != count)
        read.fail("attribute 'options' names " + std::to_string(options.size()) + " options, but there are " +
                  std::to_string(count) + (mask ? " widths" : " inputs"));
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t option = options.empty() ? static_cast<std::int64_t>(i) : options[i];
        if (option > std::numeric_limits<std::uint16_t>::max())
            read.fail("attribute 'options' has " + std::to_string(option) + ", allowed are numbers up to 65535");
        if (i > 0 && option <= entry.options.back())
            read.fail("attribute 'options' is not ascending");
        entry.options.push_back(static_cast<std::uint16_t>(option));
    }
}

// NOLINTNEXTLINE(readability-function-size): a line or two an operation
void read_attributes(Reader& read, LayerEntry& entry, std::span<const Shape* const> inputs)
{
    switch (entry.op) {
        case Op::input:
        case Op::zeros:
        case Op::zero: {
            const auto extents = read.list("shape", 1, entry.op != Op::zero || inputs.empty());
            if (extents.size() > 4)
                read.fail("attribute 'shape' has " + std::to_string(extents.size()) + " extents, allowed are 1 to 4");
            entry.shape = Shape{extents};
            break;
        }
        case Op::conv:
            read_conv(read, entry, inputs);
            break;
        case Op::batch_norm:
            entry.affine = read.flag("affine", true);
            read.real("eps", 1e-5, 0, 1);
            read.real("momentum", 0.1, 0, 1);
            break;
        case Op::layer_norm:
            entry.affine = read.flag("affine", true);
            read.real("eps", 1e-5, 0, 1);
            break;
        case Op::max_pool:
            read_pool(read, entry, true);
            break;
        case Op::avg_pool:
            read_pool(read, entry, false);
            read.flag("count_include_pad", false);
            break;
        case Op::global_average:
            entry.keep = read.flag("keep", false);
            break;
        case Op::linear:
            entry.out = read.required("out", 1);
            entry.bias = read.flag("bias", true);
            break;
        case Op::add:
            entry.project = read.flag("project", false);
            break;
        case Op::concat:
            entry.axis = read.whole("axis", 0, 0);
            break;
        case Op::slice:
            entry.axis = read.whole("axis", 0, 0);
            entry.begin = read.whole("begin", 0, 0);
            entry.end = read.whole("end", -1, 1);
            entry.step = read.whole("step", 1, 1);
            break;
        case Op::channel_shuffle:
            entry.groups = read.required("groups", 1);
            break;
        case Op::upsample: {
            const Pair scale = read.pair("scale", {2, 2}, 1);
            entry.scale[0] = scale[0], entry.scale[1] = scale[1];
            break;
        }
        case Op::dropout:
            read.real("rate", 0.5, 0, 1);
            break;
        case Op::choice:
        case Op::channel_mask:
            read_decision(read, entry, inputs.size());
            break;
        case Op::custom:
            read.fail("an operation that only its plug-in knows is added with add_custom");
        case Op::relu:
        case Op::relu6:
        case Op::hswish:
        case Op::hsigmoid:
        case Op::swish:
        case Op::gelu:
        case Op::sigmoid:
        case Op::tanh:
        case Op::softmax:
        case Op::flatten:
        case Op::multiply:
        case Op::otherwise:
            break;
    }
}

/// The one way to write it, however it was given.
void write_depthwise(LayerEntry& entry)
{
    entry.attributes.erase("groups");
    entry.attributes.erase("out");
    entry.attributes["depthwise"] = {1};
    if (entry.multiplier != 1)
        entry.attributes["multiplier"] = {static_cast<double>(entry.multiplier)};
}

}  // namespace

LayerEntry read_layer(Op op, Attributes attributes, std::string weights, std::span<const Shape* const> inputs,
                      std::size_t index)
{
    LayerEntry entry;
    entry.op = op;
    entry.name = name(op);
    entry.weights = std::move(weights);
    Reader read{std::move(attributes), place(index, entry.name)};
    read_attributes(read, entry, inputs);
    entry.attributes = read.rest();
    if (op == Op::conv && entry.depthwise)
        write_depthwise(entry);
    const bool weighted =
        op == Op::conv || op == Op::batch_norm || op == Op::layer_norm || op == Op::linear || op == Op::add;
    if (!entry.weights.empty() && !weighted)
        throw Error(place(index, entry.name) + " has no weights, but is given the name '" + entry.weights +
                    "' for them");
    return entry;
}

}  // namespace espalier
