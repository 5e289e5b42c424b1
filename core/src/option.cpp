// SPDX-License-Identifier: Apache-2.0
#include "espalier/option.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"

namespace espalier {

std::string_view name(Kind kind)
{
    switch (kind) {
        case Kind::data:
            return "data";
        case Kind::space:
            return "space";
        case Kind::cost_model:
            return "cost_model";
        case Kind::evaluator:
            return "evaluator";
        case Kind::reward:
            return "reward";
        case Kind::strategy:
            return "strategy";
    }
    return "?";
}

std::string_view name(OptionType type)
{
    switch (type) {
        case OptionType::boolean:
            return "boolean";
        case OptionType::integer:
            return "integer";
        case OptionType::number:
            return "number";
        case OptionType::text:
            return "text";
        case OptionType::path:
            return "path";
        case OptionType::metric:
            return "metric";
        case OptionType::component:
            return "component";
    }
    return "?";
}

namespace {

std::string_view without_plus(std::string_view text)
{
    return text.substr(text.starts_with('+') ? 1 : 0);
}

/// YAML's own spellings of infinity are no numbers for from_chars.
std::optional<double> real_in(const std::string& text)
{
    if (text == ".inf" || text == "+.inf")
        return std::numeric_limits<double>::infinity();
    if (text == "-.inf")
        return -std::numeric_limits<double>::infinity();
    return number_in<double>(without_plus(text));
}

std::optional<bool> boolean_in(const std::string& text)
{
    if (text == "true")
        return true;
    if (text == "false")
        return false;
    return std::nullopt;
}

std::string shown_range(const Option& o)
{
    if (std::isinf(o.minimum) && std::isinf(o.maximum))
        return "";
    if (std::isinf(o.maximum))
        return fmt::format("at least {}", o.minimum);
    if (std::isinf(o.minimum))
        return fmt::format("at most {}", o.maximum);
    return fmt::format("from {} to {}", o.minimum, o.maximum);
}

void check_number(const Config& c, const Option& o, Diagnostics& d)
{
    const bool whole = o.type == OptionType::integer;
    const std::string wanted =
        fmt::format("{}{}{}", whole ? "a whole number" : "a number", shown_range(o).empty() ? "" : " ", shown_range(o));
    std::optional<double> value;
    if (c.type == Config::Type::scalar && !c.quoted) {
        if (!whole)
            value = real_in(c.scalar);
        else if (const auto negative = number_in<std::int64_t>(without_plus(c.scalar)))
            value = static_cast<double>(*negative);
        else if (const auto large = number_in<std::uint64_t>(without_plus(c.scalar)))
            value = static_cast<double>(*large);
    }
    if (!value || std::isnan(*value))
        d.add(c.error(fmt::format("'{}' is not {}", c.type == Config::Type::scalar ? c.scalar : to_yaml(c), wanted)));
    else if (*value < o.minimum || *value > o.maximum)
        d.add(c.error(fmt::format("{} is out of range; allowed: {}", c.scalar, wanted)));
}

void check_value(const Config& c, const Option& o, Diagnostics& d)
{
    switch (o.type) {
        case OptionType::boolean:
            if (c.type != Config::Type::scalar || c.quoted || !boolean_in(c.scalar))
                d.add(c.error(fmt::format("'{}' is neither true nor false", to_yaml(c))));
            return;
        case OptionType::integer:
        case OptionType::number:
            check_number(c, o, d);
            return;
        case OptionType::text:
        case OptionType::path:
        case OptionType::metric:
            if (c.type != Config::Type::scalar)
                d.add(c.error(fmt::format("must be {}, not {}",
                                          o.type == OptionType::text ? "text" : fmt::format("a {}", name(o.type)),
                                          c.type == Config::Type::null ? "empty" : to_yaml(c))));
            else if (o.type == OptionType::metric && c.scalar.empty() && (o.required || o.preset != "\"\""))
                d.add(c.error("the name of a metric is empty"));
            else if (!o.allowed.empty() && std::ranges::find(o.allowed, c.scalar) == o.allowed.end())
                d.add(c.error(fmt::format("'{}' is not allowed{}", c.scalar, suggestion(c.scalar, o.allowed))));
            return;
        case OptionType::component:
            if (c.type != Config::Type::map || c.find("use") == nullptr)
                d.add(c.error(
                    fmt::format("must be of kind {}: a map with `use`, for example {{use: ...}}", name(*o.kind))));
            return;
    }
}

}  // namespace

void check_map(const Config& config, std::span<const Option> options, Diagnostics& d)
{
    if (config.type != Config::Type::map) {
        d.add(config.error("must be a map of options"));
        return;
    }
    std::vector<std::string> names;
    for (const Option& option : options)
        names.push_back(option.name);
    for (const Config& item : config.items) {
        const auto option = std::ranges::find(options, item.key, &Option::name);
        if (item.key == "use" && option == options.end())
            continue;
        if (option == options.end()) {
            d.add(item.key_error(fmt::format("unknown key '{}'{}", item.key, suggestion(item.key, names))));
        } else if (option->list) {
            if (item.type != Config::Type::list)
                d.add(item.error(fmt::format("must be a list, for example [{}]",
                                             item.type == Config::Type::scalar ? to_yaml(item) : "...")));
            else
                for (const Config& element : item.items)
                    check_value(element, *option, d);
        } else {
            check_value(item, *option, d);
        }
    }
    for (const Option& option : options)
        if (option.required && config.find(option.name) == nullptr)
            d.add(config.error(fmt::format("'{}' is missing: {}", option.name, option.help)));
}

void read_map(const Config& config, std::span<const Option> options, void* values)
{
    Diagnostics d;
    check_map(config, options, d);
    d.throw_if_any();
    for (const Option& option : options)
        if (const Config* item = config.find(option.name))
            option.set(values, *item);
}

namespace {

template <class T>
void read_number(const Config& c, T& value)
{
    const auto number = number_in<T>(without_plus(c.scalar));
    if (!number)
        c.fail(fmt::format("'{}' does not fit a whole number of this option", c.scalar));
    value = *number;
}

std::string as_scalar(std::string text)
{
    Config c;
    c.type = Config::Type::scalar;
    c.scalar = std::move(text);
    return to_yaml(c);
}

}  // namespace

std::string OptionTraits<bool>::shown(const bool& v)
{
    return v ? "true" : "false";
}
std::string OptionTraits<int>::shown(const int& v)
{
    return fmt::format("{}", v);
}
std::string OptionTraits<std::int64_t>::shown(const std::int64_t& v)
{
    return fmt::format("{}", v);
}
std::string OptionTraits<std::uint64_t>::shown(const std::uint64_t& v)
{
    return fmt::format("{}", v);
}
std::string OptionTraits<double>::shown(const double& v)
{
    return std::isinf(v) ? (v > 0 ? ".inf" : "-.inf") : fmt::format("{}", v);
}
std::string OptionTraits<std::string>::shown(const std::string& v)
{
    return as_scalar(v);
}
std::string OptionTraits<std::filesystem::path>::shown(const std::filesystem::path& v)
{
    return as_scalar(v.string());
}
std::string OptionTraits<MetricName>::shown(const MetricName& v)
{
    return as_scalar(v.name);
}

void OptionTraits<bool>::read(const Config& c, bool& v)
{
    v = boolean_in(c.scalar).value_or(false);
}
void OptionTraits<int>::read(const Config& c, int& v)
{
    read_number(c, v);
}
void OptionTraits<std::int64_t>::read(const Config& c, std::int64_t& v)
{
    read_number(c, v);
}
void OptionTraits<std::uint64_t>::read(const Config& c, std::uint64_t& v)
{
    read_number(c, v);
}
void OptionTraits<double>::read(const Config& c, double& v)
{
    v = real_in(c.scalar).value_or(0);
}
void OptionTraits<std::string>::read(const Config& c, std::string& v)
{
    v = c.scalar;
}
void OptionTraits<std::filesystem::path>::read(const Config& c, std::filesystem::path& v)
{
    v = std::filesystem::path(c.scalar);
    if (v.is_relative() && !v.empty())
        v = (std::filesystem::path(c.file).parent_path() / v).lexically_normal();
}
void OptionTraits<MetricName>::read(const Config& c, MetricName& v)
{
    v.name = c.scalar;
}

}  // namespace espalier
