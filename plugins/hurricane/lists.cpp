// SPDX-License-Identifier: Apache-2.0
#include "lists.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "espalier/error.hpp"

#include "backbone.hpp"
#include "operators.hpp"

namespace espalier::hurricane {
namespace {

using Stages = std::array<std::string, kStages>;

const Stages kManual{"Choice_3 Choice_5 Choice_7 ChoiceX", "Choice_3 Choice_5 Choice_7 ChoiceX",
                     "Choice_3 Choice_5 Choice_7 ChoiceX", "Choice_3 Choice_5 Choice_7 ChoiceX"};
// Table 1 of the paper; stage 4 has one operator more, for exploration.
const Stages kDsp{"SEP_3 Choice_3 MB_3_1 ChoiceX", "Choice_3 ChoiceX MB_3_1 Choice_3_SE",
                  "Choice_3 Choice_3_SE ChoiceX MB_3_1", "Choice_3 Choice_3_SE ChoiceX MB_3_1 MB_3_3"};
const Stages kCpu{"Choice_3 Choice_3_SE MB_3_1 ChoiceX", "Choice_3 ChoiceX Choice_5 MB_3_1",
                  "Choice_3 Choice_3_SE Choice_5 Choice_5_SE", "Choice_3 Choice_5 Choice_3_SE Choice_7 MB_5_1"};
const Stages kVpu{"Choice_3 Choice_5 Choice_7 SEP_3", "Choice_3 Choice_5 Choice_7 ChoiceX",
                  "Choice_3 Choice_5 Choice_7 ChoiceX", "Choice_3 Choice_5 Choice_7 MB_3_1 MB_7_1"};

std::vector<std::size_t> read_list(std::string_view text)
{
    constexpr std::string_view kBetween = ", ";
    std::vector<std::size_t> list;
    for (std::size_t at = 0; (at = text.find_first_not_of(kBetween, at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
        const std::size_t op = operator_named(text.substr(at, end - at));
        if (std::find(list.begin(), list.end(), op) != list.end())
            throw Error("'" + std::string(kOperators[op].name) + "' stands there twice");
        list.push_back(op);
        at = end;
    }
    if (list.empty())
        throw Error("names no operator");
    return list;
}

}  // namespace

Lists named_lists(std::string_view name)
{
    if (name == "large") {
        std::vector<std::size_t> all(kOperators.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        return Lists(kLayers, all);
    }
    if (name == "manual")
        return read_lists(kManual);
    return read_lists(name == "paper_dsp" ? kDsp : name == "paper_cpu" ? kCpu : kVpu);
}

Lists read_lists(std::span<const std::string> texts)
{
    if (texts.size() != kStages && texts.size() != kLayers)
        throw Error("needs " + std::to_string(kStages) + " lists, one a stage, or " + std::to_string(kLayers) +
                    ", one a layer; there are " + std::to_string(texts.size()));
    Lists given;
    for (const std::string& text : texts)
        try {
            given.push_back(read_list(text));
        } catch (const Error& error) {
            throw Error("list " + std::to_string(given.size() + 1) + ": " + error.what());
        }
    if (given.size() == kLayers)
        return given;
    Lists lists;
    for (std::size_t layer = 0; layer < kLayers; ++layer)
        lists.push_back(given[stage_of(layer)]);
    return lists;
}

}  // namespace espalier::hurricane
