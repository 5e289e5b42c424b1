// SPDX-License-Identifier: Apache-2.0
// The C library's functions that end a process at once, in its place: for plug-ins, which find those of the executable
// first. Otherwise one that calls `_exit(0)` would end a search as if it were done.
#include <cstdlib>

#include <sys/syscall.h>
#include <unistd.h>

#include "espalier/export.hpp"

#include "host/plugins/crash.hpp"

extern "C" ESPALIER_API void _exit(int status)
{
    espalier::host::refuse_exit_of_plugin();
    for (;;)
        syscall(SYS_exit_group, status);
}

extern "C" ESPALIER_API void _Exit(int status) noexcept
{
    _exit(status);
}
