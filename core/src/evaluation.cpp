// SPDX-License-Identifier: Apache-2.0
#include "espalier/evaluation.hpp"

#include <utility>

namespace espalier {

std::string_view name(Status status)
{
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::infeasible:
            return "infeasible";
        case Status::failed:
            return "failed";
        case Status::out_of_budget:
            return "out_of_budget";
    }
    return "?";
}

Evaluation failed(Architecture architecture, std::string reason)
{
    return {std::move(architecture), {}, Status::failed, std::move(reason)};
}

}  // namespace espalier
