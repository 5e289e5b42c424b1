// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/plugin_template.hpp"
#include "host/experiment/key_check.hpp"
#include "host/plugins/own_file.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "my_plugin", kClass = "MyPluginComponent", kProject = "MyPlugin";
constexpr std::size_t kLongestName = 64;

/// What a plug-in of one kind of component is made of.
struct PluginKind {
    Kind kind;
    const char* interface;             ///< ends the name of the class, so that it hides no word of Espalier
    std::array<const char*, 3> files;  ///< folders of sdk/template; later ones replace files of those before
};
constexpr PluginKind kPluginKinds[] = {{Kind::strategy, "Strategy", {"common", "strategy"}},
                                       {Kind::space, "SearchSpace", {"common", "space"}},
                                       {Kind::evaluator, "Evaluator", {"common", "networks", "evaluator"}},
                                       {Kind::cost_model, "CostModel", {"common", "networks", "cost_model"}},
                                       {Kind::reward, "Reward", {"common", "reward"}},
                                       {Kind::data, "Data", {"common", "data"}}};

const PluginKind& chosen_kind(const Arguments& arguments)
{
    std::vector<std::string> names;
    for (const PluginKind& kind : kPluginKinds)
        names.emplace_back(espalier::name(kind.kind));
    if (!arguments.has("kind"))
        throw UsageError(fmt::format("--kind is missing: one of {}", fmt::join(names, ", ")));
    const std::string chosen = arguments.choice("kind", names);
    return *std::ranges::find_if(kPluginKinds, [&](const PluginKind& k) { return espalier::name(k.kind) == chosen; });
}

/// @throws UsageError for what is no name, or is the name of something that there is.
void check_name(const std::string& name, const PluginKind& kind, const host::Catalog& catalog)
{
    const auto allowed = [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; };
    if (name.empty() || name.size() > kLongestName || std::islower(static_cast<unsigned char>(name[0])) == 0 ||
        !std::ranges::all_of(name, allowed))
        throw UsageError(
            fmt::format("'{}' is no name of a plug-in: at most {} lower-case letters, digits and "
                        "underscores, a letter first, for example hill_climbing",
                        name, kLongestName));
    for (const TemplateFile& file : template_files())
        if (const fs::path path(file.path); path.extension() == ".hpp" && path.stem() == name && name != kName)
            throw UsageError(fmt::format("'{}' is the name of a file of these projects; choose another one", name));
    if (catalog.plugin(name) != nullptr)
        throw UsageError(fmt::format("a plug-in '{}' is there already, see: espalier plugins show {}", name, name));
    if (catalog.find(kind.kind, name) != nullptr)
        throw UsageError(fmt::format("there is {} '{}' already, see: espalier plugins show {}",
                                     host::with_article(kind.kind), name, name));
}

/// hill_climbing: HillClimbing
std::string in_camel_case(std::string_view name)
{
    std::string result;
    bool begins = true;
    for (const char c : name) {
        if (c != '_')
            result += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        begins = c == '_';
    }
    return result;
}

std::string named(std::string_view text, const std::string& name, const PluginKind& kind)
{
    const std::string project = in_camel_case(name);
    const std::pair<std::string_view, std::string> words[] = {
        {kClass, project + kind.interface}, {kProject, project}, {kName, name}};
    std::string result;
    while (!text.empty()) {
        const auto word = std::ranges::find_if(words, [&](const auto& w) { return text.starts_with(w.first); });
        result += word != std::end(words) ? word->second : std::string(1, text.front());
        text.remove_prefix(word != std::end(words) ? word->first.size() : 1);
    }
    return result;
}

/// Whose licence the new files have is for their author to say.
std::string without_licence(std::string_view text)
{
    const std::string_view first = text.substr(0, text.find('\n'));
    return std::string(first.find("SPDX-License-Identifier") != std::string_view::npos ? text.substr(first.size() + 1)
                                                                                       : text);
}

void put_in(std::string& text, std::string_view before, const char* added)
{
    text.insert(text.find(before), added);
}

void write_project(const fs::path& folder, const std::string& name, const PluginKind& kind, bool torch)
{
    for (const char* part : kind.files)
        for (const TemplateFile& file : template_files()) {
            const fs::path path(file.path);
            if (part == nullptr || path.parent_path() != part)
                continue;
            std::string text = named(without_licence(file.text), name, kind);
            if (torch && path.filename() == "CMakeLists.txt") {
                put_in(text, ")\n\nespalier_add_plugin", " COMPONENTS torch");
                put_in(text, ")\n\ninclude", " TORCH");
            }
            host::write_file(folder / named(path.filename().string(), name, kind), text);
        }
}

/// Where this command is installed, for CMake to find it.
std::string prefix()
{
    const fs::path installed = host::own_file().parent_path().parent_path();
    std::error_code none;
    return fs::exists(installed / "include/espalier/plugin.hpp", none) ? installed.string()
                                                                       : "<where Espalier is installed>";
}

int new_plugin(const Arguments& arguments)
{
    const std::string& name = arguments.positional[0];
    const PluginKind& kind = chosen_kind(arguments);
    check_name(name, kind, find_plugins(arguments));
    const fs::path folder = arguments.value("out").value_or(name);
    std::error_code none;
    if (folder.empty() || (fs::exists(folder, none) && !fs::is_empty(folder, none)))
        throw UsageError(fmt::format("{}: is there already; choose another folder with --out", folder.string()));
    fs::create_directories(folder);
    write_project(folder, name, kind, arguments.has("torch"));
    say(stdout,
        fmt::format("{0} is {1}. Next:\n"
                    "  cmake -S {2} -B {2}/build -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH={3}\n"
                    "  cmake --build {2}/build && ctest --test-dir {2}/build\n"
                    "  espalier run {2}/experiment.yaml --plugin-path {2}/build/lib/espalier/plugins --out {2}/run\n",
                    name, host::with_article(kind.kind), folder.string(), prefix()));
    return kDone;
}

}  // namespace

Command new_plugin_command()
{
    return {.name = "new-plugin",
            .positional = "NAME",
            .summary = "writes the project of a plug-in, to begin with",
            .description =
                "Writes a folder NAME with a component of the kind, its test, its build and an experiment: it builds,\n"
                "passes the conformance kit and searches as it stands. What to do next is printed.",
            .least_positional = 1,
            .most_positional = 1,
            .options = {{"kind", "KIND", "strategy, space, evaluator, cost_model, reward or data"},
                        {"torch", nullptr, "links LibTorch, for a component that computes with tensors"},
                        {"out", "DIR", "the folder; default NAME"},
                        kPluginPath},
            .run = new_plugin};
}

}  // namespace espalier::app
