// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "espalier/error.hpp"

#include "host/calls/phases.hpp"
#include "host/plugins/plugin_call.hpp"

namespace espalier::host {

/// To be called inside `catch (...)` only: what was thrown, in words.
std::string thrown();

/// Whether it says that the machine lacks something now, memory, threads, room, which another time may be there: so it
/// is no fault of the candidate. To be called inside `catch (...)` only.
bool machine_lacks_something();

/// Runs code of a plug-in. What it throws that is no Error becomes one that names the component.
/// @param who "evaluator 'table' of plug-in 'cost_models'". @param doing "learns", should the process end in it.
template <class Work>
decltype(auto) in_plugin(std::string_view who, std::string_view doing, Work&& work)
{
    const PluginCall call(who, doing);
    try {
        return std::forward<Work>(work)();
    } catch (const Error&) {
        throw;
    } catch (const Stopped&) {
        throw;
    } catch (...) {
        throw Error(std::string(who) + ": " + thrown());
    }
}

}  // namespace espalier::host
