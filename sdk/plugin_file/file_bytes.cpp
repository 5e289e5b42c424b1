// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/file_bytes.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier {

FileBytes::FileBytes(const std::filesystem::path& file)
{
    // Without O_NONBLOCK a FIFO would be waited for.
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat facts = {};
    bool good = descriptor >= 0 && ::fstat(descriptor, &facts) == 0;
    const bool odd = good && !S_ISREG(facts.st_mode);
    if (odd) {
        good = false;
        errno = EISDIR;
    }
    if (good && facts.st_size > 0) {
        size_ = static_cast<std::size_t>(facts.st_size);
        data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
        good = data_ != MAP_FAILED;
    }
    const int reason = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (odd && !S_ISDIR(facts.st_mode))
        throw Error(file.string() + ": cannot be read: it is no file");
    if (!good)
        throw Error(file.string() + ": cannot be read: " + std::strerror(reason));
}

FileBytes::~FileBytes()
{
    if (size_ > 0)
        ::munmap(data_, size_);
}

}  // namespace espalier
