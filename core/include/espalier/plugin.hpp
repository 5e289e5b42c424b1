// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "espalier/build_stamp.hpp"
#include "espalier/registry.hpp"

namespace espalier {

/// Raised by every change of a public header that an existing plug-in would notice.
inline constexpr std::uint32_t kAbiVersion = 2;

/// What `espalier_plugin()` returns; read front to back, so `size` and `abi` come first and never move.
struct PluginInfo {
    std::uint32_t size = sizeof(PluginInfo);
    std::uint32_t abi = kAbiVersion;
    const char* name = nullptr;     ///< unique among the plug-ins of an installation
    const char* version = nullptr;  ///< enters the fingerprint of results
    const char* stamp = ESPALIER_BUILD_STAMP;
    void (*register_components)(Registry&) = nullptr;
};

}  // namespace espalier

/// The entry point of a plug-in: ESPALIER_PLUGIN("acme", "0.1", acme::register_components)
#define ESPALIER_PLUGIN(NAME, VERSION, REGISTER)                                                                   \
    extern "C" ESPALIER_API const espalier::PluginInfo* espalier_plugin()                                          \
    {                                                                                                              \
        static const espalier::PluginInfo info{.name = NAME, .version = VERSION, .register_components = REGISTER}; \
        return &info;                                                                                              \
    }
