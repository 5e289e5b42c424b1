// SPDX-License-Identifier: Apache-2.0
#include "fates.hpp"

#include <algorithm>

namespace espalier {
Fates::Fates(const Network& super, const Region& region)
    : super_{super}, region_{region}, nodes_{NetworkBuilder::nodes(super)}, fates_(nodes_.size())
{
    for (std::uint32_t i = 0; i < size(); ++i)
        decide(i);
    if (size() == 0 || nothing(size() - 1))
        return;
    mark_live(fates_.back().stands_for);
    if (masked_)
        narrow();
}

void Fates::become(std::uint32_t i, std::uint32_t input)
{
    fates_[i].stands_for = fates_[input].stands_for;
    fates_[i].presence = fates_[input].presence;
}

void Fates::decide(std::uint32_t i)
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

void Fates::decide_choice(std::uint32_t i)
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

void Fates::decide_add(std::uint32_t i)
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

void Fates::decide_otherwise(std::uint32_t i)
{
    const std::uint32_t first = inputs(i)[0], second = inputs(i)[1];
    if (fates_[first].presence == Presence::nothing)
        become(i, second);
    else if (fates_[first].presence == Presence::sure || fates_[second].presence == Presence::nothing)
        become(i, first);
    else
        fates_[i].presence = fates_[second].presence;
}

void Fates::use(std::uint32_t input)
{
    Fate& fate = fates_[fates_[input].stands_for];
    if (fate.presence == Presence::nothing)
        return;
    fate.live = true;
    ++fate.uses;
}

void Fates::mark_live(std::uint32_t output)
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

std::vector<bool> Fates::needed() const
{
    std::vector<bool> needed(size());
    needed.back() = !nothing(size() - 1);
    for (std::uint32_t i = size(); i-- > 0;) {
        if (!needed[i])
            continue;
        const auto in = inputs(i);
        const auto need = [&](std::uint32_t input) { needed[input] = needed[input] || !nothing(input); };
        if (nodes_[i].spec->op == Op::choice)
            each_allowed(i, [&](std::size_t k) { need(in[k]); });
        else if (nodes_[i].spec->op == Op::otherwise && fates_[in[0]].presence == Presence::sure)
            need(in[0]);
        else
            for (const std::uint32_t input : in)
                need(input);
    }
    return needed;
}

std::int64_t Fates::width(std::uint32_t i) const
{
    const Shape& shape = nodes_[i].shape;
    return entry(i).out == 0 ? 0 : shape[width_axis(shape)];
}

std::int64_t Fates::mask_width(std::uint32_t i) const
{
    std::int64_t width = 0;
    each_allowed(i, [&](std::size_t k) { width = entry(i).widths[k]; });
    return width;
}

/// Replaces masks by narrower layers where the layers before them serve nobody else.
void Fates::narrow()
{
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (!fates_[i].live || !fates_[i].closed_mask)
            continue;
        const std::uint32_t producer = standing(inputs(i)[0]);
        std::uint32_t top = producer;
        while (fates_[top].uses == 1 && channelwise(super_[top]))
            top = standing(inputs(top)[0]);
        Fate& fate = fates_[top];
        if (fate.uses != 1 || entry(top).out == 0)
            continue;
        const std::int64_t width = mask_width(i);
        if (width < (fate.narrowed > 0 ? fate.narrowed : this->width(top)))
            fate.narrowed = width;
        fates_[producer].uses = fates_[i].uses;
        fates_[i].stands_for = producer;
        fates_[i].live = false;
    }
}

}  // namespace espalier
