// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "host/plugins/catalog.hpp"
#include "host/plugins/watchdog.hpp"

namespace espalier::host {

/// Loads the plug-ins that an experiment names, when it first names them, and makes their components. Never unloads. A
/// plug-in that takes more than 60 s to be opened, or a component to be made while it asks no other one, ends the
/// process and is named; the environment variable ESPALIER_PATIENCE_S says otherwise.
class PluginHost {
public:
    /// `catalog` must outlive this object.
    explicit PluginHost(const Catalog& catalog) : catalog_{catalog} {}

    /// Makes the component that `config` names with `use`. Exceptions of a constructor come out as ConfigError at the
    /// component's place. @throws PluginError if its plug-in is refused; ConfigError if there is no such component.
    std::unique_ptr<Component> make(Kind, const Config& config, const Setup&);
    template <class Interface>
    std::unique_ptr<Interface> make(const Config& config, const Setup& setup)
    {
        return std::unique_ptr<Interface>(static_cast<Interface*>(make(kind_of<Interface>(), config, setup).release()));
    }

    const Catalog& catalog() const { return catalog_; }
    /// A setup whose make_component is this host's. What is made with it is named whenever it is called, see
    /// `named_in_calls`, so that a component is not blamed for one within it.
    Setup setup();
    /// Name and version of everything loaded so far, sorted by name.
    std::vector<const CatalogPlugin*> loaded() const;

private:
    /// What `config` names, found or refused. @throws as `make`.
    const CatalogComponent& described(Kind, const Config& config) const;
    /// Loads what nested components need, before the constructor around them runs: from there a refusal would come out
    /// as a mistake in the experiment.
    void load_nested(const ComponentInfo& outer, const Config& config);
    const ComponentInfo& component(const CatalogComponent&);
    std::vector<ComponentInfo> load(const CatalogPlugin&);

    const Catalog& catalog_;
    mutable std::mutex mutex_;  // of `loaded_`: evaluators may make nested components from several threads
    std::map<const CatalogPlugin*, std::vector<ComponentInfo>> loaded_;
    Watchdog watchdog_;
};

}  // namespace espalier::host
