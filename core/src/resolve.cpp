// SPDX-License-Identifier: Apache-2.0
#include "espalier/resolve.hpp"

#include <algorithm>
#include <limits>

#include "fates.hpp"

namespace espalier {
namespace {

/// Places the layers that a region leaves, in order.
class Resolver {
public:
    Resolver(const Network& super, const Region& region) : super_{super}, fates_{super, region}, out_{super} {}

    Network run()
    {
        if (fates_.size() == 0)
            return {};
        place_all();
        const std::uint32_t last = fates_.size() - 1;
        if (fates_.nothing(last))
            out_.constant(Op::zeros, fates_.node(last).shape);
        else if (const std::uint32_t output = placed(last); output + 1 != out_.size())
            pass_on(output);
        hand_on_marks();
        return out_.take();
    }

private:
    std::uint32_t placed(std::uint32_t i) const { return fates_[fates_.standing(i)].placed; }

    void hand_on_marks()
    {
        const auto marks = NetworkBuilder::marks(super_);
        if (marks.empty() || fates_.nothing(fates_.size() - 1))
            return;
        const std::vector<bool> needed = fates_.needed();
        for (const auto& [kind, layer] : marks)
            if (needed[layer])
                out_.mark(kind, placed(layer));
    }

    void place_all()
    {
        out_.reserve(fates_.size(), NetworkBuilder::input_count(super_));
        for (std::uint32_t i = 0; i < fates_.size(); ++i)
            if (fates_.node(i).spec->op == Op::input)
                fates_[i].placed = out_.layer(*fates_.node(i).spec, fates_.node(i).shape);
        for (std::uint32_t i = 0; i < fates_.size(); ++i)
            if (fates_[i].live && fates_.node(i).spec->op != Op::input)
                place_layer(i);
    }

    void place_layer(std::uint32_t i)
    {
        switch (fates_.node(i).spec->op) {
            case Op::choice:
                return place_choice(i);
            case Op::channel_mask:
                return fates_[i].closed_mask ? place_slice(i) : place_mask(i);
            case Op::add:
                if (fates_.entry(i).project && project(i))
                    return;
                [[fallthrough]];
            default:
                for (const std::uint32_t input : fates_.inputs(i))
                    if (!fates_.nothing(input))
                        out_.input(placed(input));
                finish(i, *fates_.node(i).spec, reshaped(i) || fates_[i].narrowed > 0);
        }
    }

    bool reshaped(std::uint32_t i) const
    {
        return reshaped_ && std::any_of(fates_.inputs(i).begin(), fates_.inputs(i).end(), [&](std::uint32_t input) {
                   return !fates_.nothing(input) && fates_[fates_.standing(input)].reshaped;
               });
    }

    /// Appends a layer whose inputs are in the result already.
    void finish(std::uint32_t i, const LayerSpec& spec, bool infer)
    {
        Fate& fate = fates_[i];
        if (!infer) {
            fate.placed = out_.layer(spec, fates_.node(i).shape);
            return;
        }
        shapes_.clear();
        for (const std::uint32_t input : out_.open_inputs())
            shapes_.push_back(&out_.shape(input));
        const Shape shape =
            inferred_shape(entry_of(spec), shapes_, i, fate.narrowed > 0 ? fate.narrowed : fates_.width(i));
        note_shape(i, shape);
        fate.placed = out_.layer(spec, shape);
    }

    void note_shape(std::uint32_t i, const Shape& shape)
    {
        fates_[i].reshaped = shape != fates_.node(i).shape;
        reshaped_ |= fates_[i].reshaped;
    }

    void place_choice(std::uint32_t i)
    {
        const auto in = fates_.inputs(i);
        kept_.clear();
        fates_.each_allowed(i, [&](std::size_t k) { kept_.push_back(k); });
        const Shape* shape = nullptr;  // of the options that are something
        for (const std::size_t k : kept_) {
            if (fates_.nothing(in[k]))
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
            placed_.push_back(fates_.nothing(in[k]) ? out_.constant(Op::zero, common) : placed(in[k]));
        for (const std::uint32_t input : placed_)
            out_.input(input);
        note_shape(i, common);
        fates_[i].placed = out_.layer(with_options(i), common);
    }

    /// The layer's spec, or one that says which options are left: `kept_` are their places.
    const LayerSpec& with_options(std::uint32_t i)
    {
        const LayerEntry& old = fates_.entry(i);
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
        fates_.each_allowed(i, [&](std::size_t k) { kept_.push_back(k); });
        const LayerSpec& spec = with_options(i);
        out_.input(placed(fates_.inputs(i)[0]));
        finish(i, spec, &spec != fates_.node(i).spec || reshaped(i));
    }

    void place_slice(std::uint32_t i)
    {
        const std::uint32_t producer = placed(fates_.inputs(i)[0]);
        Shape shape = out_.shape(producer);
        const std::size_t axis = width_axis(shape);
        const std::int64_t width = fates_.mask_width(i);
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
        for (const std::uint32_t input : fates_.inputs(i)) {
            if (fates_.nothing(input))
                continue;
            const Shape& shape = out_.shape(placed(input));
            widest = std::max(widest, shape[width_axis(shape)]);
            narrowest = std::min(narrowest, shape[width_axis(shape)]);
        }
        if (narrowest == widest)
            return false;
        placed_.clear();
        for (std::size_t k = 0; k < fates_.inputs(i).size(); ++k)
            if (const std::uint32_t input = fates_.inputs(i)[k]; !fates_.nothing(input))
                placed_.push_back(widened(i, k, placed(input), widest));
        for (const std::uint32_t input : placed_)
            out_.input(input);
        finish(i, *fates_.node(i).spec, true);
        return true;
    }

    std::uint32_t widened(std::uint32_t i, std::size_t k, std::uint32_t x, std::int64_t width)
    {
        if (out_.shape(x)[width_axis(out_.shape(x))] == width)
            return x;
        const std::string& base = fates_.entry(i).weights;
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
    Fates fates_;
    NetworkBuilder out_;
    std::vector<const Shape*> shapes_;   // scratch: reused, not allocated for every layer
    std::vector<std::size_t> kept_;      // scratch
    std::vector<std::uint32_t> placed_;  // scratch
    bool reshaped_ = false;              // some layer has another shape than in the super-network
};

}  // namespace

Network resolved(const Network& super, const Region& region)
{
    return Resolver{super, region}.run();
}

}  // namespace espalier
