// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "host/plugins/catalog.hpp"
#include "plugin_file/manifest.hpp"
#include "toys/temporary_folder.hpp"

/// A folder of plug-ins of its own for each test, removed with this object.
class PluginFolder : public TemporaryFolder {
public:
    static std::filesystem::path fixture(const std::string& name)
    {
        return std::filesystem::path(ESPALIER_BINARY_DIR) / "tests/fixtures/plugins" / ("espalier_" + name + ".so");
    }
    /// Copies a fixture here, without a manifest.
    std::filesystem::path add(const std::string& name) const { return add(name, fixture(name).filename()); }
    std::filesystem::path add(const std::string& name, const std::filesystem::path& as) const
    {
        std::filesystem::copy_file(fixture(name), path() / as);
        return path() / as;
    }
    /// Copies a fixture here and lets the SDK's tool write its manifest.
    std::filesystem::path add_with_manifest(const std::string& name) const { return with_manifest(add(name)); }
    static std::filesystem::path with_manifest(const std::filesystem::path& library)
    {
        const std::string call = ESPALIER_BINARY_DIR "/bin/espalier-manifest " + library.string();
        if (std::system(call.c_str()) != 0)
            throw std::runtime_error("espalier-manifest failed for " + library.string());
        return library;
    }
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
