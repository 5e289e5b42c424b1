// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/catalog.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "host/plugins/child_check.hpp"
#include "host/plugins/refusal.hpp"
#include "host/plugins/stamp.hpp"
#include "plugin_file/manifest.hpp"
#include "plugin_file/stamp.hpp"

namespace espalier::host {
namespace {

/// A plug-in while its facts are gathered.
struct Found {
    CatalogPlugin plugin;
    std::vector<ComponentInfo> components;
    bool to_be_opened = false;  ///< its manifest does not tell
};

std::string name_from_file(const std::filesystem::path& library)
{
    const std::string stem = library.stem().string();
    return stem.starts_with("espalier_") ? stem.substr(9) : stem;
}

void take(Found& found, Manifest&& manifest)
{
    CatalogPlugin& plugin = found.plugin;
    plugin.name = manifest.name;
    plugin.version = manifest.version;
    plugin.stamp = manifest.stamp;
    plugin.abi = manifest.abi;
    plugin.build = manifest.hash;
    plugin.refusal = manifest_refusal(manifest, plugin.library);
    found.components = std::move(manifest.components);
}

Found look_at(const std::filesystem::path& library)
{
    Found found;
    found.plugin.library = library;
    found.plugin.name = name_from_file(library);
    std::error_code ignored;
    const std::filesystem::path manifest = manifest_path(library);
    if (std::filesystem::exists(manifest, ignored))
        found.plugin.manifest = manifest;
    try {
        found.plugin.refusal = permission_refusal(library);
        if (!found.plugin.refusal.empty())
            return found;
        if (!found.plugin.manifest.empty()) {
            Manifest read = read_manifest(manifest);
            if (is_current(read, library)) {
                take(found, std::move(read));
                return found;
            }
        }
        found.plugin.refusal = file_refusal(library);
        found.to_be_opened = found.plugin.refusal.empty();
    } catch (const Error& error) {
        found.plugin.refusal = error.what();
    }
    return found;
}

/// The libraries of a folder, sorted; a manifest whose library is gone stands for it.
std::vector<Found> look_into(const std::filesystem::path& folder)
{
    std::set<std::filesystem::path> libraries;
    std::error_code problem;
    for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
         entry.increment(problem)) {
        const std::filesystem::path& file = entry->path();
        if (file.extension() == ".so" || (file.extension() == ".json" && file.stem().string().starts_with("espalier_")))
            libraries.insert(std::filesystem::path(file).replace_extension(".so"));
    }
    std::vector<Found> found;
    found.reserve(libraries.size());
    for (const std::filesystem::path& library : libraries)
        found.push_back(look_at(library));
    if (problem && problem != std::errc::no_such_file_or_directory) {
        Found& unreadable = found.emplace_back();
        unreadable.plugin.library = folder;
        unreadable.plugin.name = folder.filename().string();
        unreadable.plugin.refusal = folder.string() + ": cannot be searched for plug-ins: " + problem.message() +
                                    "; take it off the search path";
    }
    return found;
}

void open_those_that_need_it(std::vector<Found>& found)
{
    std::vector<std::filesystem::path> libraries;
    for (const Found& one : found) {
        if (one.to_be_opened)
            libraries.push_back(one.plugin.library);
    }
    if (libraries.empty())
        return;
    std::vector<Examined> examined = examine_in_children(libraries, examination_time_out());
    auto answer = examined.begin();
    for (Found& one : found) {
        if (!one.to_be_opened)
            continue;
        if (answer->manifest)
            take(one, std::move(*answer->manifest));
        else
            one.plugin.refusal = answer->refusal;
        ++answer;
    }
}

/// Where the command was built without LibTorch, the first plug-in that has one decides for all.
void refuse_other_torch(std::vector<Found>& found)
{
    std::string expected = stamp_fact(host_stamp(), "torch"), expected_by = "this Espalier";
    for (Found& one : found) {
        CatalogPlugin& plugin = one.plugin;
        const std::string torch = stamp_fact(plugin.stamp, "torch");
        if (!plugin.refusal.empty() || torch.empty() || torch == "none")
            continue;
        if (expected.empty() || expected == "none") {
            expected = torch;
            expected_by = plugin.library.string();
        }
        if (const std::string conflict = torch_conflict(plugin.stamp, expected, expected_by); !conflict.empty())
            plugin.refusal = plugin.library.string() + ": " + conflict;
    }
}

std::string same_name(const Found& one, const Found& other)
{
    return one.plugin.name != other.plugin.name
               ? ""
               : fmt::format("{}: has the plug-in name '{}' as {} has; remove one of the two",
                             one.plugin.library.string(), one.plugin.name, other.plugin.library.string());
}

std::string same_component(const Found& one, const Found& other)
{
    for (const ComponentInfo& mine : one.components)
        for (const ComponentInfo& theirs : other.components)
            if (mine.kind == theirs.kind && mine.name == theirs.name)
                return fmt::format("{}: has the {} '{}' as {} has; remove one of the two plug-ins",
                                   one.plugin.library.string(), name(mine.kind), mine.name,
                                   other.plugin.library.string());
    return "";
}

/// Takes those away whose name a chosen one has.
void pass_over(std::vector<Found>& here, std::span<const Found> chosen, std::vector<std::string>& notes)
{
    std::erase_if(here, [&](const Found& one) {
        const auto other = std::ranges::find(chosen, one.plugin.name, [](const Found& f) { return f.plugin.name; });
        if (other == chosen.end())
            return false;
        notes.push_back(fmt::format("plug-in '{}': {} stands for {}", one.plugin.name, other->plugin.library.string(),
                                    one.plugin.library.string()));
        return true;
    });
}

/// Of two usable plug-ins that get in each other's way both are refused. @param refusal of the first one; empty: none.
void refuse_doubles(std::vector<Found>& found, std::string (*refusal)(const Found&, const Found&))
{
    std::vector<std::string> refusals(found.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        for (std::size_t j = 0; j < found.size(); ++j)
            if (i != j && found[i].plugin.refusal.empty() && found[j].plugin.refusal.empty())
                if (std::string text = refusal(found[i], found[j]); !text.empty())
                    refusals[i] = std::move(text);
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!refusals[i].empty())
            found[i].plugin.refusal = refusals[i];
}

/// Where a component of `asked` is looked for: a cost model serves where an evaluator is asked for.
bool serves(Kind offered, Kind asked)
{
    return offered == asked || (asked == Kind::evaluator && offered == Kind::cost_model);
}

}  // namespace

Catalog::Catalog(std::span<const std::filesystem::path> search_path, std::size_t chosen)
    : search_path_(search_path.begin(), search_path.end())
{
    std::vector<Found> found;
    std::size_t of_chosen = 0;
    for (std::size_t folder = 0; folder < search_path_.size(); ++folder) {
        std::vector<Found> here = look_into(search_path_[folder]);
        if (folder >= chosen)
            pass_over(here, std::span(found).first(of_chosen), passed_over_);
        std::ranges::move(here, std::back_inserter(found));
        if (folder < chosen)
            of_chosen = found.size();
    }
    open_those_that_need_it(found);
    std::ranges::stable_sort(found, {}, [](const Found& one) { return std::tie(one.plugin.name, one.plugin.library); });
    refuse_doubles(found, same_name);
    refuse_other_torch(found);
    refuse_doubles(found, same_component);
    for (Found& one : found) {
        for (ComponentInfo& component : one.components) {
            CatalogComponent described{std::move(component), one.plugin.name};
            if (one.plugin.refusal.empty())
                components_.push_back(std::move(described));
            else
                refused_components_.emplace_back(std::move(described), plugins_.size());
        }
        plugins_.push_back(std::move(one.plugin));
    }
}

const CatalogPlugin* Catalog::plugin(std::string_view name) const
{
    const CatalogPlugin* refused = nullptr;
    for (const CatalogPlugin& plugin : plugins_) {
        if (plugin.name != name)
            continue;
        if (plugin.refusal.empty())
            return &plugin;
        refused = &plugin;
    }
    return refused;
}

const CatalogComponent* Catalog::find(Kind kind, std::string_view name) const
{
    const CatalogComponent* serving = nullptr;
    for (const CatalogComponent& component : components_) {
        if (component.info.name != name)
            continue;
        if (component.info.kind == kind)
            return &component;
        if (serves(component.info.kind, kind))
            serving = &component;
    }
    return serving;
}

const CatalogComponent* Catalog::named(Kind kind, const Config& component) const
{
    const Config* use = component.find("use");
    return use != nullptr && use->type == Config::Type::scalar ? find(kind, use->scalar) : nullptr;
}

const CatalogPlugin* Catalog::refused(Kind kind, std::string_view name) const
{
    for (const auto& [component, plugin] : refused_components_) {
        if (component.info.name == name && serves(component.info.kind, kind))
            return &plugins_[plugin];
    }
    return nullptr;
}

std::string Catalog::refused_unread() const
{
    constexpr std::size_t kShown = 3;
    std::size_t count = 0;
    std::string shown;
    for (std::size_t i = 0; i < plugins_.size(); ++i) {
        const bool unread = std::ranges::none_of(refused_components_, [&](const auto& c) { return c.second == i; });
        if (!plugins_[i].refusal.empty() && unread && ++count <= kShown)
            shown += (shown.empty() ? "" : "; ") + plugins_[i].refusal;
    }
    if (count == 0)
        return "";
    return fmt::format("{} refused before {} components were known: {}{}",
                       count == 1 ? "1 plug-in was" : fmt::format("{} plug-ins were", count),
                       count == 1 ? "its" : "their", shown,
                       count > kShown ? "; and more, see: espalier plugins list" : "");
}

std::vector<std::string> Catalog::names(Kind kind) const
{
    std::set<std::string> names;
    for (const CatalogComponent& component : components_) {
        if (serves(component.info.kind, kind))
            names.insert(component.info.name);
    }
    return {names.begin(), names.end()};
}

CheckedPlugin check_plugin(const std::filesystem::path& library)
{
    Found found;
    found.plugin.library = std::filesystem::absolute(library);
    found.plugin.name = name_from_file(library);
    std::error_code ignored;
    if (std::filesystem::is_directory(found.plugin.library, ignored))
        found.plugin.refusal = found.plugin.library.string() + ": is a folder; name one of the libraries in it";
    if (found.plugin.refusal.empty())
        found.plugin.refusal = permission_refusal(found.plugin.library);
    if (found.plugin.refusal.empty())
        found.plugin.refusal = file_refusal(found.plugin.library);
    found.to_be_opened = found.plugin.refusal.empty();
    std::vector<Found> one{std::move(found)};
    open_those_that_need_it(one);
    refuse_other_torch(one);
    return {std::move(one[0].plugin), std::move(one[0].components)};
}

}  // namespace espalier::host
