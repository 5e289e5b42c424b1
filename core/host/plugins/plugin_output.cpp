// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_output.hpp"

#include <cstdio>
#include <iostream>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

namespace espalier::host {
namespace {

std::mutex output_mutex;
int users = 0;
int results = -1;  // standard output, while another file has its number

void write_what_is_buffered()
{
    std::cout.flush();
    std::fflush(stdout);
}

}  // namespace

PluginOutput::PluginOutput()
{
    const std::lock_guard guard(output_mutex);
    if (users++ > 0)
        return;
    write_what_is_buffered();
    results = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (results >= 0)
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

PluginOutput::~PluginOutput()
{
    const std::lock_guard guard(output_mutex);
    if (--users > 0 || results < 0)
        return;
    write_what_is_buffered();
    if (::dup2(results, STDOUT_FILENO) < 0)
        ::close(STDOUT_FILENO);  // a plug-in has closed ours: results must not pass for messages
    ::close(results);
    results = -1;
}

}  // namespace espalier::host
