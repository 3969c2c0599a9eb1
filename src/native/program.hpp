// The dynamic program over clauses: how the leaves below a clause are best shared between the sides of a split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limbeck {

// m splits: the clause that is split, and both sides among the clauses of the next level.
struct Splits {
    const std::int64_t *parent, *yes, *no;
    std::size_t m;
};

// The least cost below k clauses with at most 1, 2, ..., s leaves, shape (s, k): `value` where it is less already, or
// by a split into clauses with the costs `below`, shape (s_below, k_below), s_below < s.
std::vector<double> shared_leaves(const double *value, std::size_t s, std::size_t k, const double *below,
                                  std::size_t s_below, std::size_t k_below, const Splits &splits);

}  // namespace limbeck
