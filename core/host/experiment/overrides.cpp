// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/overrides.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "espalier/number_in.hpp"

#include "host/experiment/experiment_keys.hpp"

namespace espalier::host {
namespace {

std::vector<std::string> split(const std::string& path)
{
    std::vector<std::string> steps(1);
    for (const char c : path)
        if (c == '.')
            steps.emplace_back();
        else
            steps.back() += c;
    return steps;
}

std::vector<std::string> keys_of(const Config& map)
{
    std::vector<std::string> keys;
    for (const Config& item : map.items)
        keys.push_back(item.key);
    return keys;
}

/// Messages name the option on the command line instead of a place in the file.
void relocate(Config& c, const std::string& file, const std::string& below)
{
    c.file = file;
    c.path = below;
    c.line = c.column = c.key_line = c.key_column = 0;
    for (std::size_t i = 0; i < c.items.size(); ++i) {
        const std::string step = c.type == Config::Type::map ? c.items[i].key : std::to_string(i);
        relocate(c.items[i], file, below.empty() ? step : fmt::format("{}.{}", below, step));
    }
}

/// One `--set`: walks down to the place and puts the value there.
class Setter {
public:
    Setter(const Override& set, Diagnostics& diagnostics)
        : file_{"--set " + set.path}, set_{set}, diagnostics_{diagnostics}
    {
    }

    void apply(Config& root)
    {
        Diagnostics unreadable;
        Config value = parse_config(set_.value, file_, unreadable);
        for (Diagnostic& error : unreadable.errors)
            diagnostics_.add(std::move(error));
        if (!unreadable.empty())
            return;
        if (set_.value.empty()) {  // `--set name=` is the empty text
            value.type = Config::Type::scalar;
            value.quoted = true;
        }
        relocate(value, file_, "");
        const std::vector<std::string> steps = split(set_.path);
        Config* here = &root;
        for (std::size_t i = 0; here != nullptr && i < steps.size(); ++i)
            here = below(*here, steps[i], i == 0, i + 1 == steps.size());
        if (here == nullptr)
            return;
        value.key = here->key;
        *here = std::move(value);
    }

private:
    Config* below(Config& here, const std::string& step, bool top, bool last)
    {
        if (here.type == Config::Type::list)
            return element(here, step, last);
        if (here.type != Config::Type::map)
            return refuse(fmt::format("'{}' is looked for in {}, which is neither a map nor a list", step,
                                      here.path.empty() ? "the file" : "'" + here.path + "'"));
        if (const auto found = std::ranges::find(here.items, step, &Config::key); found != here.items.end())
            return &*found;
        const Section* section = top ? experiment_section(step) : nullptr;
        if (!last && section == nullptr)
            return refuse(
                fmt::format("there is no '{}'{}{}", step, here.path.empty() ? "" : " in '" + here.path + "'",
                            suggestion(step, top ? std::vector(experiment_keys().begin(), experiment_keys().end())
                                                 : keys_of(here))));
        Config made;
        made.type = section != nullptr && section->list ? Config::Type::list : Config::Type::map;
        made.key = made.path = step;
        made.file = file_;
        return &here.items.emplace_back(std::move(made));
    }
    Config* element(Config& list, const std::string& step, bool last)
    {
        const std::size_t index = number_in<std::size_t>(step).value_or(list.items.size() + 1);
        if (index < list.items.size())
            return &list.items[index];
        if (last && index == list.items.size())
            return &list.items.emplace_back();
        return refuse(fmt::format("'{}' is no element of '{}', which has {}; they are counted from 0", step, list.path,
                                  list.items.size()));
    }
    Config* refuse(const std::string& sentence)
    {
        diagnostics_.add({file_, 0, 0, "", "", sentence});
        return nullptr;
    }

    std::string file_;
    const Override& set_;
    Diagnostics& diagnostics_;
};

}  // namespace

void apply_overrides(Config& root, std::span<const Override> overrides, Diagnostics& diagnostics)
{
    for (const Override& set : overrides)
        Setter(set, diagnostics).apply(root);
}

}  // namespace espalier::host
