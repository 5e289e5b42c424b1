// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/config.hpp"

namespace espalier {

class Data;
class SearchSpace;
class CostModel;
class Evaluator;
class Reward;
class Strategy;

enum class Kind : std::uint8_t { data, space, cost_model, evaluator, reward, strategy };
inline constexpr Kind kKinds[] = {Kind::data,      Kind::space,  Kind::cost_model,
                                  Kind::evaluator, Kind::reward, Kind::strategy};
ESPALIER_API std::string_view name(Kind);  ///< "data", "space", "cost_model", ...

/// A component to be made by whoever holds this: `of: {use: table, file: x.csv}`.
template <class Interface>
struct Use {
    Config config;
    Use() = default;
    /// A default, as YAML: Use<CostModel> cost{"{use: macs}"}.
    explicit Use(std::string_view yaml) : config{parse_config(yaml)} {}
    explicit operator bool() const { return config.type == Config::Type::map; }
};

/// The name of a metric that something in the experiment must give; checked before anything starts.
struct MetricName {
    std::string name;
    bool operator==(const MetricName&) const = default;
};

/// What an option may hold. Lists are homogeneous.
enum class OptionType : std::uint8_t { boolean, integer, number, text, path, metric, component };
ESPALIER_API std::string_view name(OptionType);

/// One key of a component: for parsing, checking, `espalier plugins show`, the docs table and the editor's schema.
struct Option {
    std::string name, help, preset, paper_symbol;  ///< preset: the default as YAML
    OptionType type = OptionType::text;
    bool list = false, required = false, later = false;
    std::optional<Kind> kind;  ///< of a component
    double minimum = -std::numeric_limits<double>::infinity(), maximum = std::numeric_limits<double>::infinity();
    std::vector<std::string> allowed;  ///< empty: any
    std::function<void(void* options, const Config&)> set;

    Option& range(double low, double high) { return minimum = low, maximum = high, *this; }
    Option& one_of(std::vector<std::string> names) { return allowed = std::move(names), *this; }
    Option& symbol(std::string s) { return paper_symbol = std::move(s), *this; }
    Option& must() { return required = true, *this; }
    /// Came when results existed: left at its default, it stands in no fingerprint, so that those stay valid.
    Option& added_later() { return later = true, *this; }
};

/// How a C++ type stands in a file: its OptionType, its default as YAML, and how to read it. Specialised below.
template <class T>
struct OptionTraits;

/// Checks a map against its options: unknown (with the nearest known), missing, mistyped and out-of-range keys. The key
/// `use` is always allowed. Nested components are only checked to be a map with `use`.
ESPALIER_API void check_map(const Config&, std::span<const Option>, Diagnostics&);
/// Checks, then sets the fields of `options`. @throws ConfigError with all errors.
ESPALIER_API void read_map(const Config&, std::span<const Option>, void* options);

/// Collects the options of a struct; `Struct::describe(Describe<Struct>&)` fills it.
template <class Struct>
class Describe {
public:
    /// @param field a member of the struct or of a base, or a function that finds a value in a `Struct&`
    template <class Field>
    Option& operator()(std::string name, Field field, std::string help)
    {
        using T = std::remove_reference_t<std::invoke_result_t<Field, Struct&>>;
        Option& o = options.emplace_back();
        o.name = std::move(name);
        o.help = std::move(help);
        OptionTraits<T>::describe(o);
        o.preset = OptionTraits<T>::shown(std::invoke(field, preset));
        o.set = [field](void* s, const Config& c) {
            OptionTraits<T>::read(c, std::invoke(field, *static_cast<Struct*>(s)));
        };
        return o;
    }
    /// All options of a base, as it describes them, with the defaults that they have here.
    template <class Base>
    void include()
    {
        Describe<Base> base;
        base.preset = preset;
        Base::describe(base);
        for (Option& o : base.options) {
            o.set = [set = o.set](void* s, const Config& c) { set(static_cast<Base*>(static_cast<Struct*>(s)), c); };
            options.push_back(std::move(o));
        }
    }
    std::vector<Option> options;
    Struct preset{};
};

#define ESPALIER_OPTION_TYPE(T, TYPE)                                    \
    template <>                                                          \
    struct ESPALIER_API OptionTraits<T> {                                \
        static void describe(Option& o) { o.type = OptionType::TYPE; }   \
        static std::string shown(const T&);                              \
        static void read(const Config&, T&); /**< @throws ConfigError */ \
    };
ESPALIER_OPTION_TYPE(bool, boolean)
ESPALIER_OPTION_TYPE(int, integer)
ESPALIER_OPTION_TYPE(std::int64_t, integer)
ESPALIER_OPTION_TYPE(std::uint64_t, integer)
ESPALIER_OPTION_TYPE(double, number)
ESPALIER_OPTION_TYPE(std::string, text)
ESPALIER_OPTION_TYPE(std::filesystem::path, path)  ///< relative paths are relative to the file that names them
ESPALIER_OPTION_TYPE(MetricName, metric)
#undef ESPALIER_OPTION_TYPE

template <class T>
struct OptionTraits<std::vector<T>> {
    static void describe(Option& o) { OptionTraits<T>::describe(o), o.list = true; }
    static std::string shown(const std::vector<T>& list)
    {
        std::string text = "[";
        for (const T& item : list)
            text += (text.size() > 1 ? ", " : "") + OptionTraits<T>::shown(item);
        return text + "]";
    }
    static void read(const Config& c, std::vector<T>& list)
    {
        list.clear();
        for (const Config& item : c.items)
            OptionTraits<T>::read(item, list.emplace_back());
    }
};

template <class Interface>
constexpr Kind kind_of();
template <>
constexpr Kind kind_of<Data>()
{
    return Kind::data;
}
template <>
constexpr Kind kind_of<SearchSpace>()
{
    return Kind::space;
}
template <>
constexpr Kind kind_of<CostModel>()
{
    return Kind::cost_model;
}
template <>
constexpr Kind kind_of<Evaluator>()
{
    return Kind::evaluator;
}
template <>
constexpr Kind kind_of<Reward>()
{
    return Kind::reward;
}
template <>
constexpr Kind kind_of<Strategy>()
{
    return Kind::strategy;
}

template <class Interface>
struct OptionTraits<Use<Interface>> {
    static void describe(Option& o) { o.type = OptionType::component, o.kind = kind_of<Interface>(); }
    static std::string shown(const Use<Interface>& use) { return use ? to_yaml(use.config) : ""; }
    static void read(const Config& c, Use<Interface>& use) { use.config = c; }
};

}  // namespace espalier
