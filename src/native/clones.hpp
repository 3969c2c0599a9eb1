// Functions compiled several times; the program takes the one that the processor has instructions for, when it starts.
#pragma once

#include <cstdlib>  // tells whether the C library, here glibc, can choose among them

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define LIMBECK_POPCNT __attribute__((target_clones("popcnt", "default")))
// Four numbers at once in place of two; each by itself, so that the bits are the same.
#define LIMBECK_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define LIMBECK_POPCNT
#define LIMBECK_WIDE
#endif
