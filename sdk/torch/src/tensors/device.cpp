// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/device.hpp"

#include <fstream>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "espalier/error.hpp"
#include "espalier/setup.hpp"

namespace espalier::torch_sdk {
namespace {

// "model name	: AMD EPYC 7763" of the first processor.
std::string processor_name()
{
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown processor";
}

}  // namespace

c10::Device device(const std::string& name)
{
    const auto refuse = [&](const std::string& sentence) {
        throw Error("no device '" + name + "': " + sentence + "; allowed: cpu, cuda, cuda:<index>");
    };
    c10::Device parsed(c10::kCPU);
    try {
        parsed = c10::Device(name);
    } catch (const c10::Error&) {
        refuse("not the name of a device");
    }
    if (parsed.is_cpu())
        return c10::Device(c10::kCPU);
    if (!parsed.is_cuda())
        refuse("Espalier runs on processors and CUDA devices");
    if (!at::globalContext().hasCUDA())
        refuse("this LibTorch finds no CUDA device on this machine");
    const c10::DeviceIndex count = c10::impl::getDeviceGuardImpl(c10::kCUDA)->deviceCount();
    if (parsed.has_index() && parsed.index() >= count)
        refuse("this machine has " + std::to_string(count) + " CUDA device" + (count == 1 ? "" : "s"));
    return parsed.has_index() ? parsed : c10::Device(c10::kCUDA, 0);
}

void require_devices(const Execution& execution)
{
    const auto require = [](const std::string& name, const std::string& option) {
        try {
            device(name);
        } catch (const Error& error) {
            throw ExecutionError(option, error.what());
        }
    };
    for (std::size_t i = 0; i < execution.devices.size(); ++i)
        require(execution.devices[i], "device." + std::to_string(i));
    require(execution.device, "device");
}

void use_threads(int threads)
{
    if (at::get_num_threads() != threads)
        at::set_num_threads(threads);
}

std::string hardware_name(const c10::Device& device)
{
    return device.is_cpu() ? processor_name() : "CUDA device " + std::to_string(device.index());
}

}  // namespace espalier::torch_sdk
