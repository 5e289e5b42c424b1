// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "toys/temporary_folder.hpp"

/// A folder for libraries of plug-ins, its own for each test, removed with this object.
class LibraryFolder : public TemporaryFolder {
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
};
