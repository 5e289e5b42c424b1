// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/entry_point.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <cxxabi.h>

namespace espalier {
namespace {

bool is_proper_name(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

class Collector final : public Registry {
public:
    void add(ComponentInfo component) override
    {
        const std::string what = std::string(name(component.kind)) + " '" + component.name + "'";
        if (!is_proper_name(component.name))
            throw Error(what + ": a name has letters, digits, '_', '-' and '.' only");
        if (!component.make)
            throw Error(what + " comes without a function that makes it");
        for (const ComponentInfo& known : components) {
            if (known.kind == component.kind && known.name == component.name)
                throw Error(what + " is registered twice");
        }
        components.push_back(std::move(component));
    }
    std::vector<ComponentInfo> components;
};

std::string demangled(const std::string& symbol)
{
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
    return status == 0 ? text.get() : symbol;
}

/// Runs a function of the plug-in; whatever it throws comes out as an Error with `doing` in it.
template <class Function>
auto guarded(const std::filesystem::path& library, const std::string& doing, Function function)
{
    try {
        return function();
    } catch (const std::exception& error) {
        throw Error(library.string() + ": throws " + doing + ": " + error.what() +
                    "; this is a mistake in the plug-in, tell its author");
    } catch (...) {
        throw Error(library.string() + ": throws something that is no std::exception " + doing +
                    "; this is a mistake in the plug-in, tell its author");
    }
}

}  // namespace

std::string abi_refusal(const std::filesystem::path& library, std::uint32_t abi, std::uint32_t info_size)
{
    const std::string numbers =
        "(its interface number is " + std::to_string(abi) + ", this one's " + std::to_string(kAbiVersion) + ")";
    if (abi < kAbiVersion)
        return library.string() + ": was built for an older Espalier " + numbers +
               "; build it again with this Espalier's SDK";
    if (abi > kAbiVersion)
        return library.string() + ": was built for a newer Espalier " + numbers +
               "; update Espalier, or build it with this Espalier's SDK";
    if (info_size != sizeof(PluginInfo))
        return library.string() + ": its descriptor has " + std::to_string(info_size) + " bytes instead of " +
               std::to_string(sizeof(PluginInfo)) + ", so its headers were changed; build it with this Espalier's SDK";
    return "";
}

const PluginInfo& plugin_info(EntryPoint entry_point, const std::filesystem::path& library)
{
    const PluginInfo* info = guarded(library, "when it is asked for its descriptor", entry_point);
    if (!info)
        throw Error(library.string() + ": returns no descriptor; let espalier_plugin() come from ESPALIER_PLUGIN");
    if (const std::string refusal = abi_refusal(library, info->abi, info->size); !refusal.empty())
        throw Error(refusal);
    if (!info->name || !is_proper_name(info->name))
        throw Error(
            library.string() +
            ": has no proper name; ESPALIER_PLUGIN's first argument has letters, digits, '_', '-' and '.' only");
    if (!info->version || !*info->version || !info->stamp || !info->register_components)
        throw Error(library.string() +
                    ": has a descriptor without version, stamp or function; let it come from ESPALIER_PLUGIN");
    return *info;
}

std::vector<ComponentInfo> registered_components(const PluginInfo& info, const std::filesystem::path& library)
{
    Collector collector;
    guarded(library, "while it registers its components", [&] { info.register_components(collector); });
    return std::move(collector.components);
}

std::string opening_refusal(const std::filesystem::path& library, std::string message)
{
    constexpr std::string_view kUndefined = "undefined symbol: ";
    constexpr std::string_view kMissing = ": cannot open shared object file";
    if (const std::size_t at = message.find(kUndefined); at != message.npos) {
        std::string symbol = message.substr(at + kUndefined.size());
        symbol = symbol.substr(0, symbol.find_first_of(" ,\t"));
        return library.string() + ": uses " + demangled(symbol) +
               ", which no library defines; link what defines it, or build the plug-in with this Espalier's SDK";
    }
    if (const std::size_t at = message.find(kMissing); at != message.npos) {
        const std::string needed = message.substr(0, at);
        if (needed != library.string())
            return library.string() + ": needs the library " + needed +
                   ", which is not found; install it, or put its folder into LD_LIBRARY_PATH";
    }
    if (message.starts_with(library.string() + ": "))
        message.erase(0, library.string().size() + 2);
    return library.string() + ": cannot be opened: " + message + "; build or copy it again";
}

std::string no_entry_point_refusal(const std::filesystem::path& library)
{
    return library.string() +
           ": is no plug-in, it has no function espalier_plugin(); write ESPALIER_PLUGIN(...) in one of its files";
}

}  // namespace espalier
