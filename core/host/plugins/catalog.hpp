// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
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

/// All plug-ins on the search path: every file *.so in its folders. They are known from their manifests alone; only a
/// library without a manifest, or changed since, is opened, in a child process. Sorted by name, then by file.
class Catalog {
public:
    /// The same plug-in name twice, or the same component of one kind, is a refusal of both that names both files; but
    /// a plug-in in one of the first `chosen` folders stands for those of its name in the others. Folders that do not
    /// exist are no error.
    /// @throws Error if ESPALIER_PLUGIN_TIMEOUT_S makes no sense.
    explicit Catalog(std::span<const std::filesystem::path> search_path, std::size_t chosen = 0);

    std::span<const CatalogPlugin> plugins() const { return plugins_; }
    std::span<const CatalogComponent> components() const { return components_; }  ///< of usable plug-ins
    /// The usable plug-in of that name, else a refused one. Null: none.
    const CatalogPlugin* plugin(std::string_view name) const;
    /// The component of that kind; a cost model is also found where an evaluator is asked for. Null: none.
    const CatalogComponent* find(Kind, std::string_view name) const;
    /// The same for what a component of an experiment names with `use`.
    const CatalogComponent* named(Kind, const Config& component) const;
    /// The refused plug-in that has this component, as far as its manifest tells; null: none.
    const CatalogPlugin* refused(Kind, std::string_view name) const;
    /// "1 plug-in was refused before its components were known: FILE: why": what may have a component that is missed.
    /// Empty: there is none such.
    std::string refused_unread() const;
    /// Sorted names that `find` would find.
    std::vector<std::string> names(Kind) const;
    std::span<const std::filesystem::path> search_path() const { return search_path_; }
    /// A sentence for each plug-in that was passed over for one in a chosen folder.
    std::span<const std::string> passed_over() const { return passed_over_; }

private:
    std::vector<std::filesystem::path> search_path_;
    std::vector<CatalogPlugin> plugins_;
    std::vector<std::string> passed_over_;
    std::vector<CatalogComponent> components_;
    /// Of refused plug-ins, with the plug-in's place in plugins_: names may be double there.
    std::vector<std::pair<CatalogComponent, std::size_t>> refused_components_;
};

/// What opening one library in a child process and all other checks tell: `refusal` is empty if it can be used.
struct CheckedPlugin {
    CatalogPlugin plugin;
    std::vector<ComponentInfo> components;
};
CheckedPlugin check_plugin(const std::filesystem::path& library);

struct PluginFolders {
    std::vector<std::filesystem::path> all;
    std::size_t chosen = 0;  ///< the first ones, which the command line names
};

/// --plugin-path entries, then $ESPALIER_PLUGIN_PATH (separated by colons), the user's directory
/// ($XDG_DATA_HOME/espalier/plugins), and the directory beside the command. Absolute, without doubles.
/// @throws Error if an entry from the command line is no folder.
PluginFolders plugin_search_path(std::span<const std::string> from_command_line);

}  // namespace espalier::host
