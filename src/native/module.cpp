// The compiled core as a Python module: `limbeck.kernels` says what each function computes.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "grow.hpp"
#include "improve.hpp"
#include "pairs.hpp"
#include "parallel.hpp"
#include "program.hpp"
#include "rows.hpp"
#include "thresholds.hpp"

namespace nb = nanobind;
using namespace limbeck;

namespace {

template <class T, int dims>
using Array = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t most_kinds = 64;

template <class T>
nb::object given(std::vector<T> &&values, std::initializer_list<std::size_t> shape) {
    auto *kept = new std::vector<T>(std::move(values));
    const nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T>(kept->data(), shape.size(), shape.begin(), owner));
}

// Number the bins so that the answers of as many literals as possible are prefixes, and write the answers down.
Column column_of(const Array<std::int64_t, 1> &literal, const Array<std::uint16_t, 1> &bin_of,
                 const Array<bool, 2> &answers) {
    const int n_bins = static_cast<int>(answers.shape(0)), m = static_cast<int>(answers.shape(1));
    if (n_bins > 65535) throw nb::value_error("at most 65535 bins a column");
    const auto yes = [&](int bin, int j) { return answers.data()[static_cast<std::size_t>(bin) * m + j]; };
    std::vector<int> order(n_bins), count(n_bins, 0), place(n_bins);
    for (int b = 0; b < n_bins; ++b) {
        order[b] = b;
        for (int j = 0; j < m; ++j) count[b] += yes(b, j);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return count[a] > count[b]; });
    for (int i = 0; i < n_bins; ++i) place[order[i]] = i;
    Column column;
    column.n_bins = n_bins;
    column.bin_of.resize(bin_of.shape(0));
    for (std::size_t i = 0; i < bin_of.shape(0); ++i)
        column.bin_of[i] = static_cast<std::uint16_t>(place[bin_of.data()[i]]);
    for (int j = 0; j < m; ++j) {
        Asked asked;
        asked.literal = static_cast<int>(literal.data()[j]);
        for (int i = 0; i < n_bins; ++i)
            if (yes(order[i], j)) asked.bins.push_back(i);
        const int size = static_cast<int>(asked.bins.size());
        if (size == 0 || asked.bins.back() == size - 1) {
            asked.prefix = size;
            asked.bins.clear();
        }
        column.asked.push_back(std::move(asked));
    }
    std::stable_sort(column.asked.begin(), column.asked.end(), [](const Asked &a, const Asked &b) {
        return static_cast<unsigned>(a.prefix) < static_cast<unsigned>(b.prefix);
    });
    return column;
}

void pack_answers(Rows &rows) {
    rows.answers.assign(rows.l, Bits(rows.words, 0));
    for (const Column &column : rows.columns)
        for (const Asked &asked : column.asked) {
            std::vector<char> yes(column.n_bins, 0);
            for (int b = 0; b < asked.prefix; ++b) yes[b] = 1;
            for (int b : asked.bins) yes[b] = 1;
            Bits &bits = rows.answers[asked.literal];
            for (int i = 0; i < rows.n; ++i)
                bits[i >> 6] |= static_cast<std::uint64_t>(yes[column.bin_of[i]]) << (i & 63);
        }
}

void find_kinds(Rows &rows) {
    std::map<std::pair<int, double>, int> known;
    rows.kind_of.resize(rows.n);
    for (int i = 0; i < rows.n; ++i) {
        const std::pair<int, double> kind{rows.codes[i], rows.weight(i)};
        const auto [found, is_new] = known.emplace(kind, static_cast<int>(rows.kinds.size()));
        if (is_new) {
            if (known.size() > most_kinds) {
                rows.kinds.clear();
                return;
            }
            rows.kinds.push_back({kind.first, kind.second, Bits(rows.words, 0)});
        }
        rows.kind_of[i] = found->second;
        put(rows.kinds[found->second].rows.data(), i);
    }
}

static_assert(std::endian::native == std::endian::little, "a word's first byte is its lowest");

// The bits of each byte the other way round: NumPy packs rows highest bit first.
std::uint64_t turned(std::uint64_t word) {
    word = (word & 0x5555555555555555ULL) << 1 | (word >> 1 & 0x5555555555555555ULL);
    word = (word & 0x3333333333333333ULL) << 2 | (word >> 2 & 0x3333333333333333ULL);
    return (word & 0x0F0F0F0F0F0F0F0FULL) << 4 | (word >> 4 & 0x0F0F0F0F0F0F0F0FULL);
}

// Clauses as NumPy packs them, eight rows in a byte.
Sets unpacked(const Array<std::uint8_t, 2> &members, int words) {
    const std::size_t k = members.shape(0), bytes = members.shape(1);
    Sets out{words, std::vector<std::uint64_t>(k * words, 0)};
    for (std::size_t i = 0; i < k; ++i) {
        std::memcpy(out[i], members.data() + i * bytes, bytes);
        std::transform(out[i], out[i] + words, out[i], turned);
    }
    return out;
}

nb::object packed(const Sets &members, int n) {
    const std::size_t bytes = (n + 7) / 8;
    std::vector<std::uint8_t> out(members.size() * bytes);
    Bits turned_words(members.words);
    for (std::size_t k = 0; k < members.size(); ++k) {
        std::transform(members[k], members[k] + members.words, turned_words.begin(), turned);
        std::memcpy(&out[k * bytes], turned_words.data(), bytes);
    }
    return given(std::move(out), {members.size(), bytes});
}

// The rows of a fit, as Python holds them.
struct Fit {
    Rows rows;

    Fit(int n, int l, const nb::list &columns, bool hard, int d, double eta, double price, const nb::object &codes,
        const nb::object &weights, const nb::object &statistics) {
        rows.n = n;
        rows.l = l;
        rows.words = (n + 63) / 64;
        rows.loss = {hard, d, eta, price};
        for (const nb::handle column : columns) {
            const auto part = nb::cast<nb::tuple>(column);
            rows.columns.push_back(column_of(nb::cast<Array<std::int64_t, 1>>(part[0]),
                                             nb::cast<Array<std::uint16_t, 1>>(part[1]),
                                             nb::cast<Array<bool, 2>>(part[2])));
        }
        if (hard) {
            const auto given_codes = nb::cast<Array<std::int64_t, 1>>(codes);
            rows.codes.assign(given_codes.data(), given_codes.data() + n);
            rows.of_class.assign(d, Bits(rows.words, 0));
            for (int i = 0; i < n; ++i) put(rows.of_class[rows.codes[i]].data(), i);
            if (!weights.is_none()) {
                const auto given_weights = nb::cast<Array<double, 1>>(weights);
                rows.weights.assign(given_weights.data(), given_weights.data() + n);
            }
        } else {
            const auto given_statistics = nb::cast<Array<double, 2>>(statistics);
            rows.statistics.assign(given_statistics.data(), given_statistics.data() + static_cast<std::size_t>(n) * d);
        }
        const nb::gil_scoped_release release;
        pack_answers(rows);
        make_blocks(rows);
        if (hard) find_kinds(rows);
    }

    nb::tuple propose(const Array<std::uint8_t, 2> &members, const Array<double, 2> &sums, const nb::list &guides,
                      int width, double min_leaf, int threads, const nb::object &asked) const {
        std::vector<Guide> heard;
        std::vector<Array<double, 2>> kept;
        for (const nb::handle guide : guides) {
            if (nb::isinstance<nb::str>(guide)) {
                const bool impurity = std::strcmp(nb::cast<nb::str>(guide).c_str(), "impurity") == 0;
                heard.push_back({impurity ? Guide::impurity : Guide::agreement, nullptr});
            } else {
                kept.push_back(nb::cast<Array<double, 2>>(guide));
                heard.push_back({Guide::given, kept.back().data()});
            }
        }
        const bool *known = asked.is_none() ? nullptr : nb::cast<Array<bool, 2>>(asked).data();
        Proposals found;
        {
            const nb::gil_scoped_release release;
            const Sets clauses = unpacked(members, rows.words);
            found = limbeck::propose(rows, clauses, sums.data(), heard, width, min_leaf, threads, known);
        }
        const std::size_t m = found.splits.size(), d = rows.loss.d;
        std::vector<std::int64_t> parent, literal, rank;
        std::vector<std::uint64_t> first;
        for (const Proposal &split : found.splits) {
            parent.push_back(split.parent);
            literal.push_back(split.literal);
            rank.push_back(split.rank);
            first.push_back(split.first);
        }
        return nb::make_tuple(given(std::move(parent), {m}), given(std::move(literal), {m}), given(std::move(rank), {m}),
                              given(std::move(first), {m}), given(std::move(found.yes), {m, d}),
                              given(std::move(found.no), {m, d}));
    }

    nb::tuple children(const Array<std::uint8_t, 2> &members, const Array<std::int64_t, 1> &parent,
                       const Array<std::int64_t, 1> &literal) const {
        Children made;
        {
            const nb::gil_scoped_release release;
            const Sets clauses = unpacked(members, rows.words);
            const std::vector<int> above(parent.data(), parent.data() + parent.shape(0));
            const std::vector<int> asked(literal.data(), literal.data() + literal.shape(0));
            made = limbeck::children(rows, clauses, above, asked);
        }
        const std::size_t m = made.members.size(), both = made.place.size();
        return nb::make_tuple(packed(made.members, rows.n), given(std::move(made.first), {m}),
                              given(std::move(made.place), {both}));
    }

    nb::object sums(const Array<std::uint8_t, 2> &members) const {
        const Sets clauses = unpacked(members, rows.words);
        const std::size_t k = clauses.size(), d = rows.loss.d;
        std::vector<double> out(k * d, 0.0);
        for (std::size_t i = 0; i < k; ++i)
            for (int row : listed(clauses[i], rows.words)) rows.add(row, &out[i * d]);
        return given(std::move(out), {k, d});
    }

    nb::tuple pairs(const Array<std::uint8_t, 2> &members, double min_leaf, int max_literals, int threads) const {
        const std::size_t k = members.shape(0);
        std::vector<double> cost(k * 3);
        std::vector<std::int32_t> literals(k * 9);
        {
            const nb::gil_scoped_release release;
            const Sets clauses = unpacked(members, rows.words);
            in_parallel(static_cast<int>(k), threads, [&](int i) {
                const Pairs best = best_pairs(rows, listed(clauses[i], rows.words), min_leaf, max_literals);
                std::copy(best.cost, best.cost + 3, &cost[i * 3]);
                std::copy(&best.literals[0][0], &best.literals[0][0] + 9, &literals[static_cast<std::size_t>(i) * 9]);
            });
        }
        return nb::make_tuple(given(std::move(cost), {k, 3}), given(std::move(literals), {k, 3, 3}));
    }
};

// Improves trees over the rows of a fit, which it keeps alive.
struct TreeImprover {
    Improver improver;

    TreeImprover(const Fit &fit, double min_leaf, int pair_literals, int most_sweeps, double least)
        : improver(fit.rows, min_leaf, pair_literals, most_sweeps, least), d(fit.rows.loss.d) {}

    // The tree, the sums at its leaves, and its cost.
    nb::tuple fitted(const Array<std::int64_t, 2> &nodes) {
        Improved found;
        {
            std::vector<TreeNode> tree = tree_of(nodes);
            const nb::gil_scoped_release release;
            found = improver.fitted(std::move(tree));
        }
        return told(std::move(found));
    }

    // The same, improved; no tree and no sums where nothing improves it.
    nb::tuple improved(const Array<std::int64_t, 2> &nodes) {
        Improved best;
        {
            std::vector<TreeNode> tree = tree_of(nodes);
            const nb::gil_scoped_release release;
            best = improver.improved(std::move(tree));
        }
        return best.changed ? told(std::move(best)) : nb::make_tuple(nb::none(), nb::none(), best.cost);
    }

    std::size_t d;

  private:
    static std::vector<TreeNode> tree_of(const Array<std::int64_t, 2> &nodes) {
        std::vector<TreeNode> tree;
        for (std::size_t i = 0; i < nodes.shape(0); ++i) {
            const std::int64_t *node = nodes.data() + i * 3;
            tree.push_back({static_cast<int>(node[0]), static_cast<int>(node[1]), static_cast<int>(node[2])});
        }
        return tree;
    }

    nb::tuple told(Improved found) const {
        std::vector<std::int64_t> nodes;
        for (const TreeNode &node : found.nodes) nodes.insert(nodes.end(), {node.question, node.yes, node.no});
        const std::size_t m = found.nodes.size();
        return nb::make_tuple(given(std::move(nodes), {m, 3}), given(std::move(found.sums), {m, d}), found.cost);
    }
};

// Moves the thresholds of trees over the rows of a fit, which it keeps alive.
struct Mover {
    ThresholdMover mover;
    std::size_t d;

    Mover(const Fit &fit, const Array<double, 2> &columns, const Array<std::int64_t, 1> &column_of,
          const Array<double, 1> &number_of, double min_leaf, int most_sweeps, double least)
        : mover(fit.rows, listed(columns), std::vector<int>(column_of.data(), column_of.data() + column_of.shape(0)),
                std::vector<double>(number_of.data(), number_of.data() + number_of.shape(0)), min_leaf, most_sweeps,
                least),
          d(fit.rows.loss.d) {}

    static std::vector<std::vector<double>> listed(const Array<double, 2> &columns) {
        std::vector<std::vector<double>> out;
        for (std::size_t c = 0; c < columns.shape(0); ++c) {
            const double *first = columns.data() + c * columns.shape(1);
            out.emplace_back(first, first + columns.shape(1));
        }
        return out;
    }

    // The tree as (question, yes, no, column) a node, its numbers and sums; None where nothing is won.
    nb::object moved(const Array<std::int64_t, 2> &nodes, const ThresholdMover::Between &between) const {
        std::vector<ThresholdNode> tree;
        for (std::size_t i = 0; i < nodes.shape(0); ++i) {
            const std::int64_t *node = nodes.data() + i * 3;
            tree.push_back({static_cast<int>(node[0]), static_cast<int>(node[1]), static_cast<int>(node[2])});
        }
        MovedTree best = mover.moved(std::move(tree), between);
        if (!best.better) return nb::none();
        std::vector<std::int64_t> out;
        std::vector<double> number;
        for (const ThresholdNode &node : best.nodes) {
            out.insert(out.end(), {node.question, node.yes, node.no, node.column});
            number.push_back(node.number);
        }
        const std::size_t m = best.nodes.size();
        return nb::make_tuple(given(std::move(out), {m, 4}), given(std::move(number), {m}),
                              given(std::move(best.sums), {m, d}));
    }
};

nb::object shared_leaves_of(const Array<double, 2> &value, const Array<double, 2> &below,
                            const Array<std::int64_t, 1> &parent, const Array<std::int64_t, 1> &yes,
                            const Array<std::int64_t, 1> &no) {
    const std::size_t s = value.shape(0), k = value.shape(1), m = parent.shape(0);
    if (below.shape(0) >= s || yes.shape(0) != m || no.shape(0) != m) throw nb::value_error("shapes do not match");
    return given(shared_leaves(value.data(), s, k, below.data(), below.shape(0), below.shape(1),
                               {parent.data(), yes.data(), no.data(), m}),
                 {s, k});
}

}  // namespace

NB_MODULE(_core, m) {
    m.def("shared_leaves", &shared_leaves_of);
    nb::class_<Fit>(m, "Fit")
        .def(nb::init<int, int, const nb::list &, bool, int, double, double, const nb::object &, const nb::object &,
                      const nb::object &>(),
             nb::arg("n"), nb::arg("l"), nb::arg("columns"), nb::arg("hard"), nb::arg("d"), nb::arg("eta"),
             nb::arg("price"), nb::arg("codes").none(), nb::arg("weights").none(), nb::arg("statistics").none())
        .def("propose", &Fit::propose, nb::arg("members"), nb::arg("sums"), nb::arg("guides"), nb::arg("width"),
             nb::arg("min_leaf"), nb::arg("threads"), nb::arg("asked").none() = nb::none())
        .def("children", &Fit::children)
        .def("sums", &Fit::sums)
        .def("pairs", &Fit::pairs)
        .def("improver", [](const Fit &fit, double min_leaf, int pair_literals, int most_sweeps, double least) {
            return new TreeImprover(fit, min_leaf, pair_literals, most_sweeps, least);
        }, nb::keep_alive<0, 1>())
        .def("mover", [](const Fit &fit, const Array<double, 2> &columns, const Array<std::int64_t, 1> &column_of,
                         const Array<double, 1> &number_of, double min_leaf, int most_sweeps, double least) {
            return new Mover(fit, columns, column_of, number_of, min_leaf, most_sweeps, least);
        }, nb::keep_alive<0, 1>());
    nb::class_<Mover>(m, "ThresholdMover")
        .def("moved", &Mover::moved);
    nb::class_<TreeImprover>(m, "TreeImprover")
        .def("fitted", &TreeImprover::fitted)
        .def("improved", &TreeImprover::improved);
}
