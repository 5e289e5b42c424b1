// SPDX-License-Identifier: Apache-2.0
// Preloaded into the command: counts the calls that change files, and at the IO_FAULT_AT-th either ends the process as
// `kill -9` would, before the call is carried out (IO_FAULT=kill), or lets it and all later ones that need room find
// the disk full (IO_FAULT=full). What goes to the terminal, and what only reads, is not counted: a death before a read
// leaves the files as a death before the next change does.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::atomic<long> calls{0};

/// Whether the call is to find the disk full.
bool fault(bool needs_room = true)
{
    static const char* const at = std::getenv("IO_FAULT_AT");
    static const long chosen = at != nullptr ? std::atol(at) : 0;
    static const char* const kind = std::getenv("IO_FAULT");
    static const bool full = kind != nullptr && std::string_view(kind) == "full";
    const long now = ++calls;
    if (chosen == 0 || now < chosen)
        return false;
    if (!full)
        kill(getpid(), SIGKILL);
    if (needs_room)
        errno = ENOSPC;
    return needs_room;
}

template <class Function>
Function* next(Function*, const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool counted(int descriptor)
{
    return descriptor > STDERR_FILENO;
}

bool changes(int flags)
{
    return (flags & (O_CREAT | O_TRUNC)) != 0;
}

bool writes(const char* mode)
{
    return std::string_view(mode).find_first_of("wa") != std::string_view::npos;
}

}  // namespace

// The rest is what the C library, for which these stand in, declares; NEXT is its own.
#define NEXT(name)                               \
    static const auto real = next(&name, #name); \
    static_assert(sizeof real == sizeof(void*))

#define OPEN(name)                                                             \
    int name(const char* path, int flags, ...)                                 \
    {                                                                          \
        NEXT(name);                                                            \
        va_list rest;                                                          \
        va_start(rest, flags);                                                 \
        const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                          \
        return changes(flags) && fault() ? -1 : real(path, flags, mode);       \
    }

#define OPENAT(name)                                                             \
    int name(int folder, const char* path, int flags, ...)                       \
    {                                                                            \
        NEXT(name);                                                              \
        va_list rest;                                                            \
        va_start(rest, flags);                                                   \
        const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;   \
        va_end(rest);                                                            \
        return changes(flags) && fault() ? -1 : real(folder, path, flags, mode); \
    }

#define FOPEN(name)                                                  \
    FILE* name(const char* path, const char* mode)                   \
    {                                                                \
        NEXT(name);                                                  \
        return writes(mode) && fault() ? nullptr : real(path, mode); \
    }

#define PWRITE(name, offset_type)                                                          \
    ssize_t name(int descriptor, const void* data, size_t size, offset_type offset)        \
    {                                                                                      \
        NEXT(name);                                                                        \
        return counted(descriptor) && fault() ? -1 : real(descriptor, data, size, offset); \
    }

#define FTRUNCATE(name, offset_type)                    \
    int name(int descriptor, offset_type size) noexcept \
    {                                                   \
        NEXT(name);                                     \
        return fault() ? -1 : real(descriptor, size);   \
    }

#define SYNC(name)                              \
    int name(int descriptor)                    \
    {                                           \
        NEXT(name);                             \
        return fault() ? -1 : real(descriptor); \
    }

extern "C" {
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FOPEN(fopen)
FOPEN(fopen64)
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)
SYNC(fsync)
SYNC(fdatasync)

ssize_t write(int descriptor, const void* data, size_t size)
{
    NEXT(write);
    return counted(descriptor) && fault() ? -1 : real(descriptor, data, size);
}

ssize_t writev(int descriptor, const iovec* parts, int count)
{
    NEXT(writev);
    return counted(descriptor) && fault() ? -1 : real(descriptor, parts, count);
}

ssize_t sendfile64(int out, int in, off64_t* offset, size_t size) noexcept;
ssize_t sendfile64(int out, int in, off64_t* offset, size_t size) noexcept
{
    NEXT(sendfile64);
    return fault() ? -1 : real(out, in, offset, size);
}

ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept;
ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept
{
    NEXT(sendfile);
    return fault() ? -1 : real(out, in, offset, size);
}

int posix_fallocate(int descriptor, off_t offset, off_t size)
{
    NEXT(posix_fallocate);
    return fault() ? ENOSPC : real(descriptor, offset, size);
}

int mkdir(const char* path, mode_t mode) noexcept
{
    NEXT(mkdir);
    return fault() ? -1 : real(path, mode);
}

int rename(const char* from, const char* to) noexcept
{
    NEXT(rename);
    return fault() ? -1 : real(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept
{
    NEXT(renameat2);
    return fault() ? -1 : real(from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) noexcept
{
    NEXT(link);
    return fault() ? -1 : real(from, to);
}

int symlink(const char* to, const char* path) noexcept
{
    NEXT(symlink);
    return fault() ? -1 : real(to, path);
}

int unlink(const char* path) noexcept
{
    NEXT(unlink);
    return fault(false) ? -1 : real(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept
{
    NEXT(unlinkat);
    return fault(false) ? -1 : real(folder, path, flags);
}

int rmdir(const char* path) noexcept
{
    NEXT(rmdir);
    return fault(false) ? -1 : real(path);
}

int remove(const char* path) noexcept
{
    NEXT(remove);
    return fault(false) ? -1 : real(path);
}
}
