// SPDX-License-Identifier: Apache-2.0
#include "host/calls/in_plugin.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <system_error>

namespace espalier::host {

std::string thrown()
{
    try {
        throw;
    } catch (const std::bad_alloc& error) {
        const std::string_view what = error.what();
        return what.starts_with("std::") ? "there is not enough memory" : std::string(what);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "it threw something that is no std::exception";
    }
}

bool machine_lacks_something()
{
    constexpr std::array kLacking{std::errc::not_enough_memory,  std::errc::resource_unavailable_try_again,
                                  std::errc::no_space_on_device, std::errc::too_many_files_open,
                                  std::errc::no_buffer_space,    std::errc::too_many_files_open_in_system,
                                  std::errc::no_lock_available};
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return true;
    } catch (const std::system_error& error) {
        return std::ranges::any_of(kLacking, [&](std::errc lacking) { return error.code() == lacking; });
    } catch (...) {
        return false;
    }
}

}  // namespace espalier::host
