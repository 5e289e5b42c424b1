// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "host/plugins/catalog.hpp"
#include "plugin_file/manifest.hpp"
#include "toys/library_folder.hpp"

/// What the host makes of such a folder.
class PluginFolder : public LibraryFolder {
public:
    /// A good plug-in whose manifest says something else.
    std::filesystem::path add_edited(const std::string& name,
                                     const std::function<void(espalier::Manifest&)>& edit) const
    {
        const std::filesystem::path library = add_with_manifest(name);
        espalier::Manifest manifest = espalier::read_manifest(espalier::manifest_path(library));
        edit(manifest);
        espalier::write_manifest(manifest, espalier::manifest_path(library));
        return library;
    }

    espalier::host::Catalog catalog() const
    {
        const std::vector<std::filesystem::path> search_path{path()};
        return espalier::host::Catalog(search_path);
    }
    /// The refusal of the only plug-in here.
    std::string refusal() const
    {
        const espalier::host::Catalog found = catalog();
        return found.plugins().size() == 1 ? found.plugins()[0].refusal
                                           : std::to_string(found.plugins().size()) + " plug-ins";
    }
};

/// An environment variable for the length of a test.
class Environment {
public:
    Environment(const char* name, const char* value) : name_(name)
    {
        if (const char* old = std::getenv(name))
            old_ = old;
        else
            unset_ = true;
        ::setenv(name, value, 1);
    }
    ~Environment()
    {
        if (unset_)
            ::unsetenv(name_);
        else
            ::setenv(name_, old_.c_str(), 1);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
    std::string old_;
    bool unset_ = false;
};
