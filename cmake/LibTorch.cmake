# LibTorch: Torch_DIR, or the wheel that ./imagine puts in the private environment.
# Sets TORCH_LIBRARIES and TORCH_INCLUDE_DIRS.
set(oldest_torch 2.7)
if(NOT Torch_DIR)
  file(GLOB torch_configs ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch/share/cmake/Torch)
  if(DEFINED ENV{Torch_DIR})
    set(Torch_DIR $ENV{Torch_DIR})
  elseif(torch_configs)
    list(GET torch_configs 0 Torch_DIR)
  endif()
endif()

# TorchConfig.cmake of a build with CUDA, as PyPI has it for x86-64, asks for the CUDA toolkit, with which
# one compiles kernels. We have none to compile: where no toolkit is installed the libraries are linked as
# they lie, those for the GPU if what they need came with them.
get_filename_component(torch_root "${Torch_DIR}/../../.." ABSOLUTE)
set(torch_cuda ${torch_root}/lib/libtorch_cuda.so)
if(Torch_DIR AND EXISTS ${torch_cuda})
  find_package(CUDAToolkit QUIET)
endif()
if(NOT Torch_DIR OR NOT EXISTS ${torch_cuda} OR CUDAToolkit_FOUND)
  find_package(Torch ${oldest_torch} REQUIRED)
  return()
endif()

set(PACKAGE_FIND_VERSION ${oldest_torch})
include(${Torch_DIR}/TorchConfigVersion.cmake)
if(NOT PACKAGE_VERSION_COMPATIBLE)
  message(FATAL_ERROR "LibTorch in ${torch_root}: expected version ${oldest_torch} or newer, got ${PACKAGE_VERSION}")
endif()
set(TORCH_INCLUDE_DIRS ${torch_root}/include ${torch_root}/include/torch/csrc/api/include)
set(TORCH_LIBRARIES ${torch_root}/lib/libtorch_cpu.so ${torch_root}/lib/libc10.so)
execute_process(COMMAND ldd ${torch_cuda} OUTPUT_VARIABLE torch_cuda_needs ERROR_QUIET)
if(torch_cuda_needs AND NOT torch_cuda_needs MATCHES "not found")
  list(PREPEND TORCH_LIBRARIES -Wl,--push-state,--no-as-needed ${torch_cuda} -Wl,--pop-state)
  message(STATUS "LibTorch ${PACKAGE_VERSION} with CUDA, linked without the CUDA toolkit")
else()
  message(STATUS "LibTorch ${PACKAGE_VERSION}, its part for the CPU")
endif()
