#!/usr/bin/env bash
# build.sh FOLDER: the stand-ins for CUDA's three libraries, Emulation.h beside them, and their own check.
set -euo pipefail
from=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) to=$1
mkdir -p "$to"
cd "$from"
flags=(-std=c++17 -O2 -Wall -Wextra -fPIC)
cp Emulation.h "$to/"
g++ "${flags[@]}" -shared -Wl,-soname,libcuda.so.1 -o "$to/libcuda.so.1" Driver.cpp Memory.cpp Modules.cpp Block.cpp -ldl &
g++ "${flags[@]}" -O0 -shared -Wl,-soname,libnvrtc.so.12 -o "$to/libnvrtc.so.12" Compiler.cpp -ldl &
wait -n
wait -n
g++ "${flags[@]}" -shared -Wl,-soname,libcublasLt.so.12 -Wl,-rpath,'$ORIGIN' -o "$to/libcublasLt.so.12" Products.cpp "$to/libcuda.so.1"
g++ "${flags[@]}" -o "$to/check" Check.cpp -Wl,-rpath,'$ORIGIN' "$to/libcuda.so.1" "$to/libnvrtc.so.12" "$to/libcublasLt.so.12"
