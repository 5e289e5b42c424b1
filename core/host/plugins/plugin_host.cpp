// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_host.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "host/plugins/call_memory.hpp"
#include "host/plugins/named_component.hpp"
#include "host/plugins/plugin_call.hpp"
#include "host/plugins/plugin_output.hpp"
#include "plugin_file/entry_point.hpp"

namespace espalier::host {
namespace {

/// Boost.DLL wraps the dynamic linker's words in its own and appends an unrelated errno phrase.
std::string linker_message(const std::exception& error)
{
    std::string text = error.what();
    constexpr std::string_view kBefore = "dlerror system message: ";
    const std::size_t at = text.find(kBefore);
    if (at == text.npos)
        return text;
    const std::size_t end = text.rfind("): ");
    return text.substr(at + kBefore.size(), end == text.npos ? end : end - at - kBefore.size());
}

boost::dll::shared_library open(const std::filesystem::path& library)
{
    try {
        return boost::dll::shared_library(library, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& error) {
        throw PluginError(opening_refusal(library, linker_message(error)));
    }
}

/// Foreign plug-ins may lack `-z nodelete`: objects, exceptions and type names of theirs outlive every handle.
void pin(const std::filesystem::path& library)
{
    if (void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE))
        ::dlclose(handle);
}

std::chrono::seconds patience()
{
    const char* const given = std::getenv("ESPALIER_PATIENCE_S");
    const int count = given != nullptr ? std::atoi(given) : 0;
    return std::chrono::seconds(count > 0 ? count : 60);
}

std::uint32_t calls_begun(const CallSlot* slot)
{
    return slot != nullptr ? slot->calls_begun() : 0;
}

/// Ends the process, because the innermost call in `slot` does not come back.
[[noreturn]] void end_stalled(const CallSlot* slot)
{
    const CallFrame innermost = slot != nullptr ? innermost_call(*slot) : CallFrame{};
    fmt::print(stderr,
               "{} has not come back {} s after it {}; tell its author, or set ESPALIER_PATIENCE_S to more seconds\n",
               innermost.who, patience().count(), innermost.doing);
    blame_no_call();
    std::_Exit(EXIT_FAILURE);
}

/// Whether a component registered under `kind` is one: the experiment's casts rely on it.
bool is_of(Kind kind, const Component& component)
{
    switch (kind) {
        case Kind::data:
            return dynamic_cast<const Data*>(&component);
        case Kind::space:
            return dynamic_cast<const SearchSpace*>(&component);
        case Kind::cost_model:
            return dynamic_cast<const CostModel*>(&component);
        case Kind::evaluator:
            return dynamic_cast<const Evaluator*>(&component);
        case Kind::reward:
            return dynamic_cast<const Reward*>(&component);
        case Kind::strategy:
            return dynamic_cast<const Strategy*>(&component);
    }
    return false;
}

/// "evaluator 'table' of plug-in 'cost_models'"
std::string who(const CatalogComponent& component)
{
    return fmt::format("{} '{}' of plug-in '{}'", name(component.info.kind), component.info.name, component.plugin);
}

/// "a strategy", "an evaluator".
std::string one(Kind kind)
{
    return (kind == Kind::evaluator ? "an " : "a ") + std::string(name(kind));
}

std::string joined(std::span<const std::filesystem::path> folders)
{
    std::string text;
    for (const std::filesystem::path& folder : folders)
        text += (text.empty() ? "" : ", ") + folder.string();
    return text.empty() ? "nowhere" : text;
}

[[noreturn]] void fail_unknown(const Catalog& catalog, Kind kind, const Config& use)
{
    const std::string& wanted = use.scalar;
    for (const Kind other : kKinds) {
        const CatalogComponent* component = catalog.find(other, wanted);
        if (component && component->info.kind == other)
            use.fail(fmt::format("'{}' is {}, not {}{}", wanted, one(other), one(kind),
                                 suggestion("", catalog.names(kind))));
    }
    const std::string missing = fmt::format("no plug-in has {} '{}'{} (searched in {})", one(kind), wanted,
                                            suggestion(wanted, catalog.names(kind)), joined(catalog.search_path()));
    const std::string refused = catalog.refused_unread();
    if (!refused.empty())  // one of them may well have it
        throw PluginError(to_string(use.error(missing + "; " + refused)));
    use.fail(missing);
}

}  // namespace

const CatalogComponent& PluginHost::described(Kind kind, const Config& config) const
{
    const Config* use = config.find("use");
    if (!use || use->type != Config::Type::scalar)
        config.fail(
            fmt::format("names no {}; write {{use: NAME}}{}", name(kind), suggestion("", catalog_.names(kind))));
    if (const CatalogComponent* found = catalog_.find(kind, use->scalar))
        return *found;
    if (const CatalogPlugin* refused = catalog_.refused(kind, use->scalar))
        throw PluginError(refused->refusal);
    fail_unknown(catalog_, kind, *use);
}

/// Loads the library and takes its components; what it says of itself must be what its manifest said.
std::vector<ComponentInfo> PluginHost::load(const CatalogPlugin& plugin)
{
    const std::string who = fmt::format("plug-in '{}' ({})", plugin.name, plugin.library.string());
    const PluginCall under_way(who, "is opened");
    const Watchdog::Watch watch(watchdog_, patience(), [slot = slot_of_this_thread()] { end_stalled(slot); });
    const int ours = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const boost::dll::shared_library library = open(plugin.library);
    if (ours >= 0 && ::close(ours) != 0)
        throw PluginError(plugin.library.string() +
                          ": closes files that are not its own when it is opened; this is a mistake in the plug-in, "
                          "remove it from the plug-in folder");
    pin(plugin.library);
    if (!library.has(kEntryPoint))
        throw PluginError(no_entry_point_refusal(plugin.library));
    try {
        const PluginInfo& info = plugin_info(library.get<const PluginInfo*()>(kEntryPoint), plugin.library);
        if (plugin.name != info.name || plugin.version != info.version || plugin.stamp != info.stamp)
            throw Error(fmt::format(
                "{0}: is '{1}' {2}, its manifest says '{3}' {4}, or their build stamps differ; write it again with: "
                "espalier-manifest {0}",
                plugin.library.string(), info.name, info.version, plugin.name, plugin.version));
        return registered_components(info, plugin.library);
    } catch (const Error& error) {
        throw PluginError(error.what());
    }
}

void PluginHost::load_nested(const ComponentInfo& outer, const Config& config)
{
    for (const Option& option : outer.options) {
        const Config* value = option.kind ? config.find(option.name) : nullptr;
        if (!value)
            continue;
        const std::span<const Config> items =
            value->type == Config::Type::list ? std::span(value->items) : std::span(value, 1);
        for (const Config& item : items) {
            const CatalogComponent& nested = described(*option.kind, item);
            component(nested);
            load_nested(nested.info, item);
        }
    }
}

const ComponentInfo& PluginHost::component(const CatalogComponent& described)
{
    const CatalogPlugin& plugin = *catalog_.plugin(described.plugin);
    const std::lock_guard lock(mutex_);
    auto found = loaded_.find(&plugin);
    if (found == loaded_.end())
        found = loaded_.emplace(&plugin, load(plugin)).first;
    for (const ComponentInfo& component : found->second) {
        if (component.kind == described.info.kind && component.name == described.info.name)
            return component;
    }
    throw PluginError(
        fmt::format("{0}: registers no {1} '{2}', which its manifest has; write it again with: espalier-manifest {0}",
                    plugin.library.string(), name(described.info.kind), described.info.name));
}

std::unique_ptr<Component> PluginHost::make(Kind kind, const Config& config, const Setup& setup)
{
    const PluginOutput to_standard_error;
    const CatalogComponent& found = described(kind, config);
    const ComponentInfo& component = this->component(found);
    load_nested(found.info, config);
    const std::string it = who(found);
    std::unique_ptr<Component> made;
    try {
        const PluginCall under_way(it, "is made");
        const CallSlot* const slot = slot_of_this_thread();
        const Watchdog::Watch watch(watchdog_, patience(), [slot, seen = calls_begun(slot)]() mutable {
            if (calls_begun(slot) == seen)
                end_stalled(slot);
            seen = calls_begun(slot);  // it asks components of its own: it is at work
        });
        made = component.make(config, setup);
    } catch (const ConfigError&) {
        throw;
    } catch (const ExecutionError&) {
        throw;
    } catch (const PluginError&) {
        throw;  // of a nested component
    } catch (const std::exception& error) {
        config.fail(it + " cannot be made: " + error.what());
    } catch (...) {
        config.fail(it + " cannot be made: it throws something that is no std::exception");
    }
    if (!made)
        config.fail(it + " cannot be made: its constructor's function returns nothing");
    if (!is_of(component.kind, *made))
        config.fail(it + " is registered as " + one(component.kind) + " but is none");
    return made;
}

Setup PluginHost::setup()
{
    Setup setup;
    setup.make_component = [this](Kind kind, const Config& config, const Setup& s) {
        std::unique_ptr<Component> made = make(kind, config, s);
        return named_in_calls(std::move(made), who(described(kind, config)));
    };
    return setup;
}

std::vector<const CatalogPlugin*> PluginHost::loaded() const
{
    const std::lock_guard lock(mutex_);
    std::vector<const CatalogPlugin*> plugins;
    for (const auto& [plugin, components] : loaded_)
        plugins.push_back(plugin);
    std::ranges::sort(plugins, {}, &CatalogPlugin::name);
    return plugins;
}

}  // namespace espalier::host
