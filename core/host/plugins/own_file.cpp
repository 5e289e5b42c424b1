// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/own_file.hpp"

namespace espalier::host {

std::filesystem::path own_file()
{
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

}  // namespace espalier::host
