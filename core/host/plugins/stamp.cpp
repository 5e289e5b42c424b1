// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/stamp.hpp"

#include "espalier/build_stamp.hpp"

namespace espalier::host {

const std::string& host_stamp()
{
    static const std::string stamp = ESPALIER_BUILD_STAMP;
    return stamp;
}

}  // namespace espalier::host
