// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>

#include "espalier/error.hpp"
#include "espalier/registry.hpp"

namespace espalier::test {

/// Components by name, so that others can be made that nest them. Must outlive what its setups make.
class NestedComponents final : public Registry {
public:
    using Registry::add;
    void add(ComponentInfo info) override { infos_.emplace(info.name, info); }

    Setup setup() const
    {
        Setup setup;
        setup.make_component = [this](Kind, const Config& config, const Setup& s) {
            return infos_.at(config.find("use")->scalar).make(config, s);
        };
        return setup;
    }
    /// `yaml` is the component's map: "{use: systolic, rows: 16}".
    std::unique_ptr<CostModel> cost_model(std::string_view yaml) const { return setup().make(Use<CostModel>{yaml}); }

private:
    std::map<std::string, ComponentInfo> infos_;
};

}  // namespace espalier::test
