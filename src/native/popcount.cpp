#include "popcount.hpp"

#include "clones.hpp"

#if defined(_MSC_VER)
#include <bit>
#define LIMBECK_POPCOUNT(x) std::popcount(x)
#else
#define LIMBECK_POPCOUNT(x) __builtin_popcountll(x)
#endif

namespace limbeck {

LIMBECK_POPCNT std::int64_t common_bits(const std::uint64_t *a, const std::uint64_t *b, int words) {
    std::int64_t count = 0;
    for (int w = 0; w < words; ++w) count += LIMBECK_POPCOUNT(a[w] & b[w]);
    return count;
}

LIMBECK_POPCNT void common_bits_of(const std::uint64_t *a, const std::uint64_t *others, int stride, int many, int words,
                                   int *counts) {
    for (int j = 0; j < many; ++j) {
        const std::uint64_t *b = others + static_cast<std::int64_t>(j) * stride;
        int count = 0;
        for (int w = 0; w < words; ++w) count += LIMBECK_POPCOUNT(a[w] & b[w]);
        counts[j] = count;
    }
}

}  // namespace limbeck
