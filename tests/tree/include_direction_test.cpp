// SPDX-License-Identifier: Apache-2.0
// docs/architecture.md, "Where things live": who may include whom, lowest first.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

/// What the files below a folder may include; each word is the beginning of an include's path. Standard headers and a
/// file's neighbours are always allowed.
struct Rule {
    std::string folder;
    std::vector<std::string> allowed;
    bool system = false;  ///< headers of the operating system, <unistd.h>
};

/// A room of the host: itself, the rooms below that it is built on, core, fmt, and what only it needs.
Rule room(const std::string& name, const std::vector<std::string>& below, std::vector<std::string> others = {})
{
    others.insert(others.end(), {"espalier/", "fmt/", "host/" + name + "/"});
    for (const std::string& other : below)
        others.push_back("host/" + other + "/");
    return {"core/host/" + name, others, true};
}

const std::vector<Rule> kRules{
    {"core/include", {"espalier/"}},
    {"core/src", {"espalier/", "fmt/", "yaml-cpp/", "nlohmann/"}, true},  // network_json: Config expands ${...}
    room("store", {}, {"sqlite3.h"}),
    room("plugins", {}, {"plugin_file/", "boost/dll/"}),
    room("experiment", {"plugins"}, {"plugin_file/", "nlohmann/"}),
    room("calls", {"store", "plugins", "experiment"}),
    room("search", {"store", "experiment", "calls"}, {"nlohmann/"}),
    room("price", {"store", "experiment", "calls", "search"}),
    room("tell", {"store", "experiment", "calls"}),
    room("study", {"store", "tell"}),
    room("compare", {"store", "experiment", "search", "tell"}),
    {"core/app", {"espalier/", "app/", "host/", "fmt/", "nlohmann/", "boost/program_options"}, true},
    {"sdk/include", {"espalier/"}},
    {"sdk/plugin_file", {"espalier/", "plugin_file/", "nlohmann/", "xxhash.h"}, true},
    {"sdk/manifest", {"espalier/", "plugin_file/"}, true},
    {"sdk/files", {"espalier/", "zlib.h", "lzma.h"}, true},
    {"sdk/conformance", {"espalier/"}, true},
    {"sdk/dynas_t", {"espalier/"}, true},
    {"sdk/model_folder", {"espalier/", "nlohmann/"}, true},
    {"sdk/moo", {"espalier/", "Eigen/"}},
    {"sdk/onnx", {"espalier/", "fmt/", "onnx/"}},
    {"sdk/regression", {"espalier/", "Eigen/", "libsvm/"}},
    {"sdk/report", {"espalier/", "fmt/", "nlohmann/"}},
    {"sdk/torch", {"espalier/", "torch/", "ATen/", "c10/"}, true},
};

/// The folders of `espalier/` that the SDK's libraries have, and what those libraries are built on.
const std::vector<const char*> kOfSdk{"sdk", "dynas_t", "model_folder", "moo", "onnx", "regression", "report", "torch"};
const std::vector<std::string> kBelowSdk{"core/include", "core/src", "sdk/plugin_file"};

/// Looks like the operating system's, and is for those whose rule names it.
const std::vector<std::string> kOfOne{"sqlite3.h", "zlib.h", "lzma.h", "xxhash.h"};

/// Never "host/", "plugin_file/" or Boost (it exports symbols); LibTorch only where tensors are computed.
Rule rule_of_plugin(const std::string& name)
{
    Rule rule{"plugins/" + name, {"espalier/", "Eigen/", "nlohmann/"}, true};
    static const std::string with_tensors = " " ESPALIER_TORCH_PLUGINS " ";
    if (with_tensors.find(" " + name + " ") != std::string::npos)
        rule.allowed.insert(rule.allowed.end(), {"torch/", "ATen/", "c10/"});
    return rule;
}

bool is_source(const fs::path& file)
{
    return file.extension() == ".hpp" || file.extension() == ".cpp";
}

/// Why `file` may not include `path`; empty: it may.
std::string objection(const Rule& rule, const fs::path& root, const fs::path& file, const std::string& path)
{
    static const std::regex standard("[a-z0-9_]+"), of_the_system("([a-z_]+/)*[a-z0-9_]+\\.h");
    if (std::regex_match(path, standard))
        return "";
    const bool of_sdk = std::ranges::any_of(
        kOfSdk, [&](const char* part) { return path.starts_with(std::string("espalier/") + part + "/"); });
    if (of_sdk && std::ranges::find(kBelowSdk, rule.folder) != kBelowSdk.end())
        return "includes <" + path + ">, which is built on it";
    for (const std::string& beginning : rule.allowed) {
        if (path.starts_with(beginning)) {
            const bool needs_torch = path.starts_with("espalier/torch/");
            const bool has_torch = std::ranges::find(rule.allowed, "ATen/") != rule.allowed.end();
            return needs_torch && !has_torch ? "includes <" + path + ">, which needs LibTorch" : "";
        }
    }
    if (rule.system && std::regex_match(path, of_the_system) && std::ranges::find(kOfOne, path) == kOfOne.end())
        return "";
    // a neighbour: beside the file, or from the top of its own folder, and not reached from outside
    for (const fs::path& folder : {file.parent_path(), root / rule.folder}) {
        const fs::path found = (folder / path).lexically_normal();
        if (fs::exists(found) && found.string().starts_with((root / rule.folder).string() + "/"))
            return "";
    }
    return "may not include <" + path + ">";
}

std::vector<std::string> objections(const Rule& rule, const fs::path& root)
{
    static const std::regex directive("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"].*");
    std::vector<std::string> found;
    if (!fs::exists(root / rule.folder))
        return found;
    for (const auto& entry : fs::recursive_directory_iterator(root / rule.folder)) {
        if (!is_source(entry.path()))
            continue;
        std::ifstream stream(entry.path());
        for (std::string line; std::getline(stream, line);) {
            std::smatch match;
            if (!std::regex_match(line, match, directive))
                continue;
            if (const std::string text = objection(rule, root, entry.path(), match[1]); !text.empty())
                found.push_back(entry.path().lexically_relative(root).string() + " " + text);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("every folder includes only what lies below it", "[include_direction]")
{
    const fs::path root = ESPALIER_SOURCE_DIR;
    std::vector<Rule> rules = kRules;
    for (const auto& entry : fs::directory_iterator(root / "plugins")) {
        if (entry.is_directory())
            rules.push_back(rule_of_plugin(entry.path().filename()));
    }
    for (const Rule& rule : rules) {
        for (const std::string& text : objections(rule, root))
            FAIL_CHECK(text);
    }
}

TEST_CASE("every folder with sources has a rule", "[include_direction]")
{
    const fs::path root = ESPALIER_SOURCE_DIR;
    for (const char* part : {"core", "sdk"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / part)) {
            const std::string file = entry.path().lexically_relative(root).string();
            if (!is_source(entry.path()) || file.starts_with("sdk/template/"))
                continue;
            INFO(file);
            CHECK(std::ranges::any_of(kRules, [&](const Rule& r) { return file.starts_with(r.folder + "/"); }));
        }
    }
}

TEST_CASE("a room of the host is built on earlier ones only", "[include_direction]")
{
    for (auto rule = kRules.begin(); rule != kRules.end(); ++rule) {
        for (const std::string& beginning : rule->allowed) {
            if (!beginning.starts_with("host/") || rule->folder == "core/app")
                continue;
            const std::string folder = "core/" + beginning.substr(0, beginning.size() - 1);
            INFO(rule->folder << " on " << folder);
            CHECK(std::ranges::find(kRules.begin(), std::next(rule), folder, &Rule::folder) != std::next(rule));
        }
    }
}

TEST_CASE("what a rule forbids is noticed", "[include_direction]")
{
    const fs::path root = ESPALIER_SOURCE_DIR;
    const auto objects = [&](const Rule& rule, const std::string& path) {
        return !objection(rule, root, root / rule.folder / "x.cpp", path).empty();
    };
    const auto rule = [](const std::string& folder) { return *std::ranges::find(kRules, folder, &Rule::folder); };
    CHECK(objects(rule("core/include"), "fmt/format.h"));
    CHECK(objects(rule("core/include"), "unistd.h"));
    CHECK(objects(rule("core/include"), "espalier/torch/data/data.hpp"));
    CHECK(objects(rule("core/src"), "host/plugins/catalog.hpp"));
    CHECK(objects(rule("core/src"), "plugin_file/manifest.hpp"));
    CHECK(objects(rule("core/src"), "ATen/ATen.h"));
    CHECK(objects(rule("core/src"), "espalier/moo/table.hpp"));
    CHECK(objects(rule("core/include"), "espalier/regression/ridge.hpp"));
    CHECK(objects(rule("core/host/search"), "app/command.hpp"));
    CHECK(objects(rule("core/host/search"), "espalier/torch/data/data.hpp"));
    CHECK_FALSE(objects(rule("core/host/search"), "espalier/moo/table.hpp"));
    CHECK_FALSE(objects(rule("core/app"), "espalier/regression/ridge.hpp"));
    CHECK(objects(rule("core/host/search"), "ATen/ATen.h"));
    CHECK(objects(rule("core/host/store"), "host/experiment/experiment.hpp"));
    CHECK(objects(rule("core/host/calls"), "host/search/run.hpp"));
    CHECK_FALSE(objects(rule("core/host/search"), "host/calls/phases.hpp"));
    CHECK(objects(rule("core/host/calls"), "sqlite3.h"));
    CHECK(objects(rule("core/host/experiment"), "xxhash.h"));
    CHECK(objects(rule("sdk/torch"), "host/plugins/catalog.hpp"));
    CHECK(objects(rule_of_plugin("evolution"), "host/plugins/catalog.hpp"));
    CHECK(objects(rule_of_plugin("evolution"), "plugin_file/manifest.hpp"));
    CHECK(objects(rule_of_plugin("evolution"), "ATen/ATen.h"));
    CHECK(objects(rule_of_plugin("evolution"), "espalier/torch/data/data.hpp"));
    CHECK(objects(rule_of_plugin("evolution"), "../rewards/plugin.cpp"));
    CHECK(objects(rule_of_plugin("indicators"), "boost/dll/alias.hpp"));
    CHECK_FALSE(objects(rule_of_plugin("indicators"), "ATen/core/Tensor.h"));
    CHECK_FALSE(objects(rule("core/include"), "vector"));
}
