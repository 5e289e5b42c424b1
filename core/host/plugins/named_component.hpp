// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "espalier/component.hpp"

namespace espalier::host {

/// A component that is named, as PluginCall does, whenever somebody calls it, another component as well as the host:
/// should the process end or hang in it, `who` is blamed and not whoever asked. Data stay as they are, because their
/// tensors are reached by a cast.
/// @param who "cost_model 'lookup' of plug-in 'cost_models'"
std::unique_ptr<Component> named_in_calls(std::unique_ptr<Component>, std::string who);

template <class Interface>
std::unique_ptr<Interface> named_in_calls(std::unique_ptr<Interface> component, std::string who)
{
    std::unique_ptr<Component> plain = std::move(component);
    return std::unique_ptr<Interface>(
        static_cast<Interface*>(named_in_calls(std::move(plain), std::move(who)).release()));
}

}  // namespace espalier::host
