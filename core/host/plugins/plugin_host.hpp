// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "host/plugins/catalog.hpp"

namespace espalier::host {

/// Loads the plug-ins that an experiment names, when it first names them, and makes their components. Never unloads.
class PluginHost {
public:
    /// `catalog` must outlive this object.
    explicit PluginHost(const Catalog& catalog);
    ~PluginHost();

    /// Makes the component that `config` names with `use`. Exceptions of a constructor come out as ConfigError at the
    /// component's place. @throws PluginError if its plug-in is refused; ConfigError if there is no such component.
    std::unique_ptr<Component> make(Kind, const Config& config, const Setup&);

    const Catalog& catalog() const;
    /// A setup whose make_component is this host's.
    Setup setup();
    /// Name and version of everything loaded so far, sorted by name.
    std::vector<const CatalogPlugin*> loaded() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace espalier::host
