// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "espalier/export.hpp"

namespace espalier {

/// Where a component writes lines for people while it works, such as what a program says that it has started. The
/// Context of a call is one where somebody keeps them: `dynamic_cast<RunLog*>(&context)`, else null.
class ESPALIER_API RunLog {
public:
    /// Appends a line to the component's file in the run. Calls may come from several threads at once.
    virtual void log(std::string_view line) = 0;
    /// The same, and tells whoever looks on at once.
    virtual void warn(std::string_view line) = 0;

protected:
    ~RunLog() = default;
};

}  // namespace espalier
