// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>

#include "espalier/setup.hpp"

namespace espalier {

/// What a plug-in offers under one name.
struct ComponentInfo {
    Kind kind = Kind::strategy;
    std::string name, help;
    std::vector<Option> options;
    /// Checks the options and constructs. @throws ConfigError with file, line and column.
    std::function<std::unique_ptr<Component>(const Config&, const Setup&)> make;
};

template <class T>
constexpr Kind kind_of_component()
{
    if constexpr (std::derived_from<T, Strategy>)
        return Kind::strategy;
    else if constexpr (std::derived_from<T, CostModel>)
        return Kind::cost_model;
    else if constexpr (std::derived_from<T, Evaluator>)
        return Kind::evaluator;
    else if constexpr (std::derived_from<T, Reward>)
        return Kind::reward;
    else if constexpr (std::derived_from<T, SearchSpace>)
        return Kind::space;
    else
        return Kind::data;
}

/// Runs a constructor; an OptionError becomes a ConfigError at the option's place, OptionErrors one with a line for
/// each, any other Error one at the component.
ESPALIER_API std::unique_ptr<Component> located(const Config&, const std::function<std::unique_ptr<Component>()>&);

/// Collects the components of a plug-in. T derives from one of the interfaces, has a nested `struct Options` with a
/// static `describe(Describe<Options>&)` and a constructor T(const Options&, const Setup&) that checks but does not
/// load, train or measure.
class ESPALIER_API Registry {
public:
    template <class T>
    void add(std::string name, std::string help)
    {
        Describe<typename T::Options> described;
        T::Options::describe(described);
        add({kind_of_component<T>(), std::move(name), std::move(help), described.options,
             [options = described.options](const Config& config, const Setup& setup) {
                 return located(config, [&]() -> std::unique_ptr<Component> {
                     typename T::Options values;
                     read_map(config, options, &values);
                     return std::make_unique<T>(values, setup);
                 });
             }});
    }
    virtual void add(ComponentInfo) = 0;

protected:
    ~Registry() = default;
};

}  // namespace espalier
