// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/plugins/catalog.hpp"

namespace espalier::host {

/// The experiments in configs/ and the plug-ins of this build.
class ShippedConfigs {
public:
    ShippedConfigs()
        : search_path_{std::filesystem::path(ESPALIER_BINARY_DIR) / "lib/espalier/plugins"}, catalog_{search_path_}
    {
    }

    const Catalog& catalog() const { return catalog_; }

    /// Sorted.
    std::vector<std::filesystem::path> files() const
    {
        std::vector<std::filesystem::path> found;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(std::filesystem::path(ESPALIER_SOURCE_DIR) / "configs"))
            if (entry.path().extension() == ".yaml")
                found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }
    std::string text(const std::filesystem::path& file) const
    {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    /// Why this file cannot be tried on this machine, or empty: no ESPALIER_DATA, or a build without LibTorch.
    std::string unusable(const std::filesystem::path& file) const
    {
        if (text(file).find("${ESPALIER_DATA}") != std::string::npos && std::getenv("ESPALIER_DATA") == nullptr)
            return file.string() + ": ESPALIER_DATA is not set";
        if (text(file).find("{ESPALIER_DATA}/imagenet") != std::string::npos)
            return file.string() + ": no machine that tests has ImageNet";
        if (text(file).find("profile: this_cpu.csv") != std::string::npos)
            return file.string() + ": measures this machine, and keeps what it finds beside the file";
        Diagnostics diagnostics;
        parse_experiment(text(file), file, {}, catalog_, diagnostics);
        const bool unknown = std::ranges::any_of(diagnostics.errors, [](const Diagnostic& error) {
            return error.path.ends_with(".use") && error.sentence.starts_with("there is no ");
        });
        const bool torch = std::ranges::any_of(catalog_.plugins(), [](const CatalogPlugin& plugin) {
            return plugin.stamp.find("torch=none") == std::string::npos;
        });
        return unknown && !torch ? file.string() + ": names a component of a build with LibTorch" : "";
    }

private:
    std::vector<std::filesystem::path> search_path_;
    Catalog catalog_;
};

}  // namespace espalier::host
