// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/stamp.hpp"

#include <algorithm>

namespace espalier {
namespace {

std::string shown(const std::string& fact)
{
    return fact.empty() ? "unknown" : fact;
}

std::string sanitizer_conflict(const std::string& plugin, const std::string& host)
{
    if (plugin == "none")
        return "is built without sanitizer, this Espalier with -fsanitize=" + host +
               "; build it with -fsanitize=" + host;
    const std::string remedy = host == "none" ? "build it without" : "build it with -fsanitize=" + host;
    return "is built with -fsanitize=" + shown(plugin) + ", this Espalier " +
           (host == "none" ? "without sanitizer" : "with -fsanitize=" + host) + "; " + remedy;
}

}  // namespace

std::string stamp_fact(std::string_view stamp, std::string_view fact)
{
    for (std::size_t at = 0; at < stamp.size();) {
        const std::size_t end = std::min(stamp.find(';', at), stamp.size());
        const std::string_view item = stamp.substr(at, end - at);
        if (item.starts_with(fact) && item.substr(fact.size()).starts_with('='))
            return std::string(item.substr(fact.size() + 1));
        at = end + 1;
    }
    return "";
}

std::string stamp_conflict(std::string_view plugin, std::string_view host)
{
    const auto differ = [&](std::string_view fact) { return stamp_fact(plugin, fact) != stamp_fact(host, fact); };
    const auto theirs = [&](std::string_view fact) { return shown(stamp_fact(plugin, fact)); };
    const auto ours = [&](std::string_view fact) { return shown(stamp_fact(host, fact)); };
    if (stamp_fact(plugin, "library").empty())
        return "has no build stamp; build it with this Espalier's SDK";
    if (differ("library"))
        return "is built with the C++ library " + theirs("library") + ", this Espalier with " + ours("library") +
               "; build it with " + ours("library");
    if (differ("string_abi"))
        return "is built with the C++ string ABI " + theirs("string_abi") + ", this Espalier with " +
               ours("string_abi") + "; build it with -D_GLIBCXX_USE_CXX11_ABI=" + ours("string_abi");
    if (differ("debug")) {
        return ours("debug") == "1"
                   ? "is built without the C++ library's debug mode, this Espalier with; build it with "
                     "-D_GLIBCXX_DEBUG"
                   : "is built with the C++ library's debug mode, this Espalier without; build it "
                     "without -D_GLIBCXX_DEBUG";
    }
    if (differ("sanitizer"))
        return sanitizer_conflict(stamp_fact(plugin, "sanitizer"), stamp_fact(host, "sanitizer"));
    return "";
}

std::string torch_conflict(std::string_view plugin_stamp, std::string_view expected, const std::string& expected_by)
{
    const std::string torch = stamp_fact(plugin_stamp, "torch");
    if (torch.empty() || torch == "none" || torch == expected)
        return "";
    return "is built with LibTorch " + torch + ", " + expected_by + " with " + std::string(expected) +
           "; build both with the same LibTorch, its CPU or CUDA build included";
}

}  // namespace espalier
