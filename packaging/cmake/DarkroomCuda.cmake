# SPDX-License-Identifier: Apache-2.0
# DARKROOM_CUDA: the CUDA language and third_party::cuda (LibTorch's CUDA libraries, the CUDA runtime, NCCL's header).
# Every torch target links it: a program that holds one CUDA object needs libtorch_cuda as a whole.
if(NOT CMAKE_CUDA_COMPILER)
  find_program(CMAKE_CUDA_COMPILER nvcc HINTS /usr/local/cuda/bin ENV CUDA_HOME PATH_SUFFIXES bin REQUIRED)
endif()
# A100; RTX 30; RTX 40; H100 and H200; RTX 50. The last one's PTX serves what comes after.
set(CMAKE_CUDA_ARCHITECTURES "80-real;86-real;89-real;90-real;120" CACHE STRING "GPU generations to compile for")
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)  # the one that LibTorch uses
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # Debian's CMake 3.25 does not know that nvcc has it
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
find_package(CUDAToolkit 13 REQUIRED)

find_path(_nccl_include nccl.h HINTS "${_torch_dir}/../nvidia/nccl/include" ${CUDAToolkit_INCLUDE_DIRS} NO_CACHE)
if(NOT _nccl_include)
  message(FATAL_ERROR "nccl.h not found: install the wheel nvidia-nccl-cu13 beside torch, or NCCL's development files")
endif()
target_include_directories(third_party_torch SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS} "${_nccl_include}")
target_compile_definitions(third_party_torch INTERFACE USE_C10D_NCCL)
# Nothing in our code names libtorch_cuda, which registers its kernels when it is loaded: the linker must keep it all the same.
target_link_libraries(third_party_torch INTERFACE
  -Wl,--no-as-needed "${_torch_dir}/lib/libtorch_cuda.so" "${_torch_dir}/lib/libc10_cuda.so" -Wl,--as-needed CUDA::cudart)
