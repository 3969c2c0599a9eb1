// Counting common bits, by the processor's own instruction where it has one.
#pragma once

#include <cstdint>

namespace limbeck {

std::int64_t common_bits(const std::uint64_t *a, const std::uint64_t *b, int words);

// The same for one row of bits beside many that follow one another: counts has shape (many,).
void common_bits_of(const std::uint64_t *a, const std::uint64_t *others, int stride, int many, int words, int *counts);

}  // namespace limbeck
