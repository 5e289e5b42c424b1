// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/tensors.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

namespace espalier::torch_sdk {
namespace {

constexpr std::string_view kMagic = "espalier tensors 1\n";

template <class T>
void append(std::string& bytes, const T& value)
{
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Reads front to back and refuses to read past the end.
class Reader {
public:
    Reader(std::string_view bytes, const std::string& file) : rest_{bytes}, file_{file} {}
    std::string_view take(std::size_t n)
    {
        if (n > rest_.size())
            damaged();
        const std::string_view taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }
    template <class T>
    T number()
    {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    bool done() const { return rest_.empty(); }
    [[noreturn]] void damaged() const { throw Error(file_ + ": damaged; this is not what was saved"); }

private:
    std::string_view rest_;
    const std::string& file_;
};

void append_tensor(std::string& bytes, const std::string& name, const Tensor& tensor)
{
    const Tensor plain = tensor.detach().cpu().contiguous();
    append(bytes, static_cast<std::uint32_t>(name.size()));
    bytes += name;
    append(bytes, static_cast<std::int8_t>(plain.scalar_type()));
    append(bytes, static_cast<std::uint32_t>(plain.dim()));
    for (const std::int64_t extent : plain.sizes())
        append(bytes, extent);
    bytes.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
}

std::pair<std::string, Tensor> read_tensor(Reader& reader)
{
    std::string name(reader.take(reader.number<std::uint32_t>()));
    const auto type = static_cast<at::ScalarType>(reader.number<std::int8_t>());
    std::vector<std::int64_t> extents(reader.number<std::uint32_t>());
    for (std::int64_t& extent : extents)
        extent = reader.number<std::int64_t>();
    Tensor tensor = at::empty(extents, type);
    const std::string_view numbers = reader.take(tensor.nbytes());
    if (!numbers.empty())
        std::memcpy(tensor.data_ptr(), numbers.data(), numbers.size());
    return {std::move(name), std::move(tensor)};
}

[[noreturn]] void fail(const std::string& file, const char* doing)
{
    throw Error(file + ": cannot be " + doing + ": " + std::strerror(errno));
}

}  // namespace

void save_tensors(const std::string& file, const std::vector<std::pair<std::string, Tensor>>& tensors)
{
    std::string bytes(kMagic);
    for (const auto& [name, tensor] : tensors)
        append_tensor(bytes, name, tensor);
    append(bytes, stable_hash(bytes));

    const std::string beside = file + ".new";
    const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        fail(file, "written");
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            const int reason = errno;
            ::close(descriptor);
            ::unlink(beside.c_str());
            errno = reason;
            fail(file, "written");
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool durable = ::fsync(descriptor) == 0;
    if (::close(descriptor) != 0 || !durable || ::rename(beside.c_str(), file.c_str()) != 0)
        fail(file, "written");
}

std::vector<std::pair<std::string, Tensor>> load_tensors(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        fail(file, "read");
    std::ostringstream text;
    text << stream.rdbuf();
    const std::string bytes = std::move(text).str();
    if (!std::string_view(bytes).starts_with(kMagic))
        throw Error(file + ": not a file of tensors");
    if (bytes.size() < kMagic.size() + sizeof(std::uint64_t))
        throw Error(file + ": damaged; it ends too early");
    const std::string_view content = std::string_view(bytes).substr(0, bytes.size() - sizeof(std::uint64_t));
    std::uint64_t sum = 0;
    std::memcpy(&sum, content.data() + content.size(), sizeof sum);
    Reader reader(content, file);
    if (stable_hash(content) != sum)
        reader.damaged();
    reader.take(kMagic.size());
    std::vector<std::pair<std::string, Tensor>> tensors;
    while (!reader.done())
        tensors.push_back(read_tensor(reader));
    return tensors;
}

}  // namespace espalier::torch_sdk
