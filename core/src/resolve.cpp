// SPDX-License-Identifier: Apache-2.0
#include "espalier/resolve.hpp"

#include <algorithm>
#include <limits>

#include "espalier/error.hpp"

#include "network_builder.hpp"

namespace espalier {
namespace {

using Node = NetworkBuilder::Node;

enum class Presence : std::uint8_t { nothing, open, sure };  // `open`: may be nothing, as the open decisions fall

/// What becomes of one layer of the super-network.
struct Fate {
    std::uint32_t stands_for;  // itself, or the layer that it is replaced by
    std::uint32_t uses = 0;    // by live layers
    std::uint32_t placed = 0;  // index in the result
    std::int64_t narrowed = 0;
    Presence presence = Presence::sure;
    bool live = false, closed_mask = false, reshaped = false;
};

/// Whether a mask behind the layer may as well stand before it: each output channel is made of one input channel.
bool channelwise(const LayerEntry& entry)
{
    switch (entry.op) {
        case Op::batch_norm:
        case Op::relu:
        case Op::relu6:
        case Op::hswish:
        case Op::hsigmoid:
        case Op::swish:
        case Op::gelu:
        case Op::sigmoid:
        case Op::tanh:
        case Op::max_pool:
        case Op::avg_pool:
        case Op::upsample:
        case Op::dropout:
            return true;
        case Op::conv:
            return entry.depthwise && entry.multiplier == 1;
        default:
            return false;
    }
}

class Resolver {
public:
    Resolver(const Network& super, const Region& region)
        : super_{super}, region_{region}, nodes_{NetworkBuilder::nodes(super)}, fates_(nodes_.size()), out_{super}
    {
    }

    Network run()
    {
        if (nodes_.empty())
            return {};
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            decide(i);
        const std::uint32_t last = static_cast<std::uint32_t>(nodes_.size() - 1);
        const bool nothing = fates_[last].presence == Presence::nothing;
        if (!nothing)
            mark_live(fates_[last].stands_for);
        if (masked_)
            narrow();
        place_all();
        if (nothing)
            out_.constant(Op::zeros, nodes_[last].shape);
        else if (const std::uint32_t output = placed(last); output + 1 != out_.size())
            pass_on(output);
        return out_.take();
    }

private:
    std::span<const std::uint32_t> inputs(std::uint32_t i) const { return NetworkBuilder::inputs(super_, nodes_[i]); }
    const LayerEntry& entry(std::uint32_t i) const { return entry_of(*nodes_[i].spec); }

    std::span<const std::uint16_t> allowed(std::uint32_t i) const
    {
        const std::size_t decision = entry(i).decision;
        if (decision >= region_.decisions())
            throw Error(place(i, entry(i).name) + " belongs to decision " + std::to_string(decision) +
                        ", the region has " + std::to_string(region_.decisions()));
        return region_.options(decision);
    }

    /// Calls `use(k)` for every place k in the layer's options that the region allows. @return how many.
    template <class Use>
    std::size_t each_allowed(std::uint32_t i, Use use) const
    {
        const std::vector<std::uint16_t>& options = entry(i).options;
        const std::span<const std::uint16_t> kept = allowed(i);
        std::size_t found = 0, next = 0;
        for (std::size_t k = 0; k < options.size() && next < kept.size(); ++k) {
            while (next < kept.size() && kept[next] < options[k])
                ++next;
            if (next < kept.size() && kept[next] == options[k])
                use(k), ++found;
        }
        if (found == 0)
            throw Error(place(i, entry(i).name) + ": the region allows none of the options it has; decision " +
                        std::to_string(entry(i).decision) + " allows option " + std::to_string(kept.front()) +
                        (kept.size() > 1 ? " and others" : ""));
        return found;
    }

    void become(std::uint32_t i, std::uint32_t input)
    {
        fates_[i].stands_for = fates_[input].stands_for;
        fates_[i].presence = fates_[input].presence;
    }

    void decide(std::uint32_t i)
    {
        Fate& fate = fates_[i];
        fate.stands_for = i;
        switch (nodes_[i].spec->op) {
            case Op::zero:
                fate.presence = Presence::nothing;
                return;
            case Op::choice:
                return decide_choice(i);
            case Op::add:
                return decide_add(i);
            case Op::otherwise:
                return decide_otherwise(i);
            case Op::channel_mask:
                fate.closed_mask = each_allowed(i, [](std::size_t) {}) == 1;
                masked_ |= fate.closed_mask;
                [[fallthrough]];
            default:
                for (const std::uint32_t input : inputs(i))
                    fate.presence = std::min(fate.presence, fates_[input].presence);
        }
    }

    void decide_choice(std::uint32_t i)
    {
        const auto in = inputs(i);
        Presence least = Presence::sure, most = Presence::nothing;
        std::uint32_t chosen = 0;
        const std::size_t left = each_allowed(i, [&](std::size_t k) {
            chosen = in[k];
            least = std::min(least, fates_[chosen].presence);
            most = std::max(most, fates_[chosen].presence);
        });
        if (left == 1)
            become(i, chosen);
        else
            fates_[i].presence = most == Presence::nothing ? most : least == Presence::sure ? least : Presence::open;
    }

    void decide_add(std::uint32_t i)
    {
        Presence most = Presence::nothing;
        std::uint32_t chosen = 0;
        std::size_t left = 0;
        for (const std::uint32_t input : inputs(i)) {
            if (fates_[input].presence == Presence::nothing)
                continue;
            most = std::max(most, fates_[input].presence);
            chosen = input;
            ++left;
        }
        if (left == 1)
            become(i, chosen);
        else
            fates_[i].presence = most;
    }

    void decide_otherwise(std::uint32_t i)
    {
        const std::uint32_t first = inputs(i)[0], second = inputs(i)[1];
        if (fates_[first].presence == Presence::nothing)
            become(i, second);
        else if (fates_[first].presence == Presence::sure || fates_[second].presence == Presence::nothing)
            become(i, first);
        else
            fates_[i].presence = fates_[second].presence;
    }

    void use(std::uint32_t input)
    {
        Fate& fate = fates_[fates_[input].stands_for];
        if (fate.presence == Presence::nothing)
            return;
        fate.live = true;
        ++fate.uses;
    }

    void mark_live(std::uint32_t output)
    {
        use(output);
        for (std::uint32_t i = output + 1; i-- > 0;) {
            if (!fates_[i].live)
                continue;
            const auto in = inputs(i);
            if (nodes_[i].spec->op == Op::choice)
                each_allowed(i, [&](std::size_t k) { use(in[k]); });
            else
                for (const std::uint32_t input : in)
                    use(input);
        }
    }

    std::int64_t mask_width(std::uint32_t i) const
    {
        std::int64_t width = 0;
        each_allowed(i, [&](std::size_t k) { width = entry(i).widths[k]; });
        return width;
    }

    /// Replaces masks by narrower layers where the layers before them serve nobody else.
    void narrow()
    {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (!fates_[i].live || !fates_[i].closed_mask)
                continue;
            const std::uint32_t producer = standing(inputs(i)[0]);
            std::uint32_t top = producer;
            while (fates_[top].uses == 1 && channelwise(entry(top)))
                top = standing(inputs(top)[0]);
            Fate& fate = fates_[top];
            if (fate.uses != 1 || entry(top).out == 0)
                continue;
            const std::int64_t width = mask_width(i);
            if (width < (fate.narrowed > 0 ? fate.narrowed : entry(top).out))
                fate.narrowed = width;
            fates_[producer].uses = fates_[i].uses;
            fates_[i].stands_for = producer;
            fates_[i].live = false;
        }
    }

    /// The layer that is in the result for layer `i`, through choices and then through absorbed masks.
    std::uint32_t standing(std::uint32_t i) const { return fates_[fates_[i].stands_for].stands_for; }
    std::uint32_t placed(std::uint32_t i) const { return fates_[standing(i)].placed; }

    void place_all()
    {
        out_.reserve(nodes_.size(), NetworkBuilder::input_count(super_));
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].spec->op == Op::input)
                fates_[i].placed = out_.layer(*nodes_[i].spec, nodes_[i].shape);
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            if (fates_[i].live && nodes_[i].spec->op != Op::input)
                place_layer(i);
    }

    void place_layer(std::uint32_t i)
    {
        switch (nodes_[i].spec->op) {
            case Op::choice:
                return place_choice(i);
            case Op::channel_mask:
                return fates_[i].closed_mask ? place_slice(i) : place_mask(i);
            case Op::add:
                if (entry(i).project && project(i))
                    return;
                [[fallthrough]];
            default:
                for (const std::uint32_t input : inputs(i))
                    if (fates_[input].presence != Presence::nothing)
                        out_.input(placed(input));
                finish(i, *nodes_[i].spec, reshaped(i) || fates_[i].narrowed > 0);
        }
    }

    bool reshaped(std::uint32_t i) const
    {
        return reshaped_ && std::any_of(inputs(i).begin(), inputs(i).end(), [&](std::uint32_t input) {
                   return fates_[input].presence != Presence::nothing && fates_[standing(input)].reshaped;
               });
    }

    /// Appends a layer whose inputs are in the result already.
    void finish(std::uint32_t i, const LayerSpec& spec, bool infer)
    {
        Fate& fate = fates_[i];
        if (!infer) {
            fate.placed = out_.layer(spec, nodes_[i].shape);
            return;
        }
        shapes_.clear();
        for (const std::uint32_t input : out_.open_inputs())
            shapes_.push_back(&out_.shape(input));
        const Shape shape = inferred_shape(entry_of(spec), shapes_, i, fate.narrowed);
        note_shape(i, shape);
        fate.placed = out_.layer(spec, shape);
    }

    void note_shape(std::uint32_t i, const Shape& shape)
    {
        fates_[i].reshaped = shape != nodes_[i].shape;
        reshaped_ |= fates_[i].reshaped;
    }

    void place_choice(std::uint32_t i)
    {
        const auto in = inputs(i);
        kept_.clear();
        each_allowed(i, [&](std::size_t k) { kept_.push_back(k); });
        const Shape* shape = nullptr;  // of the options that are something
        for (const std::size_t k : kept_) {
            if (fates_[in[k]].presence == Presence::nothing)
                continue;
            const Shape& other = out_.shape(placed(in[k]));
            if (shape != nullptr && *shape != other)
                throw Error(place(i, "choice") + ": its options have different shapes in this region, " +
                            to_string(*shape) + " and " + to_string(other) +
                            "; close it too, or leave the widths open");
            shape = &other;
        }
        const Shape common = *shape;  // a copy: the layers move as `zero` layers are added
        placed_.clear();
        for (const std::size_t k : kept_)
            placed_.push_back(fates_[in[k]].presence == Presence::nothing ? out_.constant(Op::zero, common)
                                                                          : placed(in[k]));
        for (const std::uint32_t input : placed_)
            out_.input(input);
        note_shape(i, common);
        fates_[i].placed = out_.layer(with_options(i), common);
    }

    /// The layer's spec, or one that says which options are left: `kept_` are their places.
    const LayerSpec& with_options(std::uint32_t i)
    {
        const LayerEntry& old = entry(i);
        if (kept_.size() == old.options.size())
            return old;
        LayerEntry fewer = old;
        fewer.options.clear();
        fewer.widths.clear();
        for (const std::size_t k : kept_) {
            fewer.options.push_back(old.options[k]);
            if (!old.widths.empty())
                fewer.widths.push_back(old.widths[k]);
        }
        fewer.attributes["options"].assign(fewer.options.begin(), fewer.options.end());
        if (!fewer.widths.empty())
            fewer.attributes["widths"].assign(fewer.widths.begin(), fewer.widths.end());
        return out_.own(std::move(fewer));
    }

    void place_mask(std::uint32_t i)
    {
        kept_.clear();
        each_allowed(i, [&](std::size_t k) { kept_.push_back(k); });
        const LayerSpec& spec = with_options(i);
        out_.input(placed(inputs(i)[0]));
        finish(i, spec, &spec != nodes_[i].spec || reshaped(i));
    }

    void place_slice(std::uint32_t i)
    {
        const std::uint32_t producer = placed(inputs(i)[0]);
        Shape shape = out_.shape(producer);
        const std::size_t axis = width_axis(shape);
        const std::int64_t width = mask_width(i);
        if (width >= shape[axis]) {
            fates_[i].placed = producer;
            note_shape(i, shape);
            return;
        }
        const LayerEntry& slice = leading(axis, width);
        shape[axis] = width;
        note_shape(i, shape);
        out_.input(producer);
        fates_[i].placed = out_.layer(slice, shape);
    }

    const LayerEntry& leading(std::size_t axis, std::int64_t width)
    {
        return out_.own(read_layer(Op::slice,
                                   {{"axis", {static_cast<double>(axis)}}, {"end", {static_cast<double>(width)}}}, {},
                                   {}, out_.size()));
    }

    /// An output that is an input, and not the last: a network ends in its output, so a layer that passes it on.
    void pass_on(std::uint32_t output)
    {
        const Shape shape = out_.shape(output);
        const LayerEntry& all = leading(0, shape[0]);
        out_.input(output);
        out_.layer(all, shape);
    }

    /// Widens the narrower inputs of an `add`. @return false if there are none.
    bool project(std::uint32_t i)
    {
        std::int64_t widest = 0, narrowest = std::numeric_limits<std::int64_t>::max();
        for (const std::uint32_t input : inputs(i)) {
            if (fates_[input].presence == Presence::nothing)
                continue;
            const Shape& shape = out_.shape(placed(input));
            widest = std::max(widest, shape[width_axis(shape)]);
            narrowest = std::min(narrowest, shape[width_axis(shape)]);
        }
        if (narrowest == widest)
            return false;
        placed_.clear();
        for (std::size_t k = 0; k < inputs(i).size(); ++k)
            if (const std::uint32_t input = inputs(i)[k]; fates_[input].presence != Presence::nothing)
                placed_.push_back(widened(i, k, placed(input), widest));
        for (const std::uint32_t input : placed_)
            out_.input(input);
        finish(i, *nodes_[i].spec, true);
        return true;
    }

    std::uint32_t widened(std::uint32_t i, std::size_t k, std::uint32_t x, std::int64_t width)
    {
        if (out_.shape(x)[width_axis(out_.shape(x))] == width)
            return x;
        const std::string& base = entry(i).weights;
        const std::string weights = base.empty() ? "" : base + "." + std::to_string(k);
        x = apply(Op::conv, x, {{"out", {static_cast<double>(width)}}}, weights);
        x = apply(Op::batch_norm, x, {}, weights.empty() ? "" : weights + ".bn");
        return apply(Op::relu, x, {}, "");
    }

    std::uint32_t apply(Op op, std::uint32_t x, Attributes attributes, std::string weights)
    {
        const Shape* const in = &out_.shape(x);
        const std::span<const Shape* const> shapes{&in, 1};
        LayerEntry entry = read_layer(op, std::move(attributes), std::move(weights), shapes, out_.size());
        const Shape shape = inferred_shape(entry, shapes, out_.size());
        const LayerEntry& spec = out_.own(std::move(entry));
        out_.input(x);
        return out_.layer(spec, shape);
    }

    const Network& super_;
    const Region& region_;
    std::span<const Node> nodes_;
    std::vector<Fate> fates_;
    NetworkBuilder out_;
    std::vector<const Shape*> shapes_;   // scratch: reused, not allocated for every layer
    std::vector<std::size_t> kept_;      // scratch
    std::vector<std::uint32_t> placed_;  // scratch
    bool masked_ = false, reshaped_ = false;
};

}  // namespace

Network resolved(const Network& super, const Region& region)
{
    return Resolver{super, region}.run();
}

}  // namespace espalier
