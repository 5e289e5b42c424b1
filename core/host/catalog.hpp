// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/registry.hpp"

namespace espalier::host {

/// A plug-in could not be used: file name first, then the reason and the remedy in a sentence.
class PluginError : public Error {
public:
    using Error::Error;
};

/// A component as its plug-in's manifest describes it. `info.make` and `Option::set` are empty.
struct CatalogComponent {
    ComponentInfo info;
    std::string plugin;  ///< name of the plug-in that has it
};

struct CatalogPlugin {
    std::filesystem::path library, manifest;
    std::string name, version, stamp;
    std::uint32_t abi = 0;
    std::string build;    ///< identifies this very build (hash of the library file), for provenance
    std::string refusal;  ///< why it cannot be used, a sentence with file name and remedy; empty: usable
};

/// All plug-ins on the search path, known from their manifests alone: nothing is opened. Sorted by name.
class Catalog {
public:
    /// Later directories do not shadow earlier ones: the same plug-in name twice is a refusal naming both files.
    explicit Catalog(std::span<const std::filesystem::path> search_path);

    std::span<const CatalogPlugin> plugins() const { return plugins_; }
    std::span<const CatalogComponent> components() const { return components_; }  ///< of usable plug-ins
    const CatalogPlugin* plugin(std::string_view name) const;
    /// The component of that kind; a cost model is also found where an evaluator is asked for. Null: none.
    const CatalogComponent* find(Kind, std::string_view name) const;
    /// Sorted names that `find` would find.
    std::vector<std::string> names(Kind) const;
    std::span<const std::filesystem::path> search_path() const { return search_path_; }

private:
    std::vector<std::filesystem::path> search_path_;
    std::vector<CatalogPlugin> plugins_;
    std::vector<CatalogComponent> components_;
};

/// --plugin-path entries, then $ESPALIER_PLUGIN_PATH, the user's directory, and the directory beside the command.
std::vector<std::filesystem::path> plugin_search_path(std::span<const std::string> from_command_line);

}  // namespace espalier::host
