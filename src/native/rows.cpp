#include "rows.hpp"

#include <algorithm>
#include <numeric>

#include "popcount.hpp"

namespace limbeck {

namespace {

// Numbers of a block's histograms: they stay in the first-level cache while rows are added.
constexpr int most_cells = 4096;

// Turn a block's histograms, (d, cells), into the sums of its literals, (d, l).
void answers_of_cells(const Rows &rows, const Block &block, const std::vector<double> &histogram, int d, double *yes) {
    for (int c = 0; c < d; ++c) {
        double *out = yes + static_cast<std::size_t>(c) * rows.l;
        for (int at : block.columns) {
            const Column &column = rows.columns[at];
            const double *bins = &histogram[static_cast<std::size_t>(c) * block.cells + column.first_cell];
            double running = 0.0;
            int bin = 0;
            for (const Asked &asked : column.asked) {
                double sum = 0.0;
                if (asked.prefix >= 0) {
                    for (; bin < asked.prefix; ++bin) running += bins[bin];
                    sum = running;
                } else {
                    for (int b : asked.bins) sum += bins[b];
                }
                out[asked.literal] = sum;
            }
        }
    }
}

// Add a number to the cells that a row is in.
inline void add_to(double *histogram, const std::uint16_t *cell, int columns, double number) {
    for (int i = 0; i < columns; ++i) histogram[cell[i]] += number;
}

void by_histogram(const Rows &rows, const Block &block, const std::vector<int> &row, const std::vector<int> &place,
                  int d, std::vector<double> &histogram, double *yes) {
    const int columns = static_cast<int>(block.columns.size());
    histogram.assign(static_cast<std::size_t>(block.cells) * d, 0.0);
    for (const int r : row) {
        const std::uint16_t *cell = &block.cell[static_cast<std::size_t>(r) * columns];
        if (rows.loss.hard) {
            double *of_class = &histogram[static_cast<std::size_t>(place[rows.codes[r]]) * block.cells];
            add_to(of_class, cell, columns, rows.weight(r));
            continue;
        }
        const double *s = &rows.statistics[static_cast<std::size_t>(r) * d];
        for (int c = 0; c < d; ++c) add_to(&histogram[static_cast<std::size_t>(c) * block.cells], cell, columns, s[c]);
    }
    answers_of_cells(rows, block, histogram, d, yes);
}

// The yes/no columns of a block by the popcounts of their literals with the rows that are held, kind by kind.
void by_popcount(const Rows &rows, const Block &block, const std::vector<Bits> &held, const std::vector<int> &place,
                 int d, double *yes) {
    for (int at : block.columns) {
        const int literal = rows.columns[at].asked[0].literal;
        for (int c = 0; c < d; ++c) yes[static_cast<std::size_t>(c) * rows.l + literal] = 0.0;
        for (std::size_t k = 0; k < rows.kinds.size(); ++k) {
            const int c = place[rows.kinds[k].code];
            if (c < 0) continue;  // of a class that is not there
            const auto count = common_bits(held[k].data(), rows.answers[literal].data(), rows.words);
            yes[static_cast<std::size_t>(c) * rows.l + literal] += rows.kinds[k].weight * static_cast<double>(count);
        }
    }
}

// The rows of each kind among those that are held.
std::vector<Bits> by_kind(const Rows &rows, const std::uint64_t *held) {
    std::vector<Bits> out;
    for (const Kind &kind : rows.kinds) {
        out.emplace_back(rows.words);
        for (int w = 0; w < rows.words; ++w) out.back()[w] = held[w] & kind.rows[w];
    }
    return out;
}

}  // namespace

void make_blocks(Rows &rows) {
    for (const bool yes_no : {true, false}) {
        Block *block = nullptr;
        for (std::size_t at = 0; at < rows.columns.size(); ++at) {
            Column &column = rows.columns[at];
            if ((column.asked.size() == 1) != yes_no) continue;
            if (!block || (std::int64_t{block->cells} + column.n_bins) * rows.loss.d > most_cells) {
                block = &rows.blocks.emplace_back();
                block->yes_no = yes_no;
            }
            column.first_cell = block->cells;
            block->cells += column.n_bins;
            block->columns.push_back(static_cast<int>(at));
        }
    }
    for (Block &block : rows.blocks) {
        const std::size_t columns = block.columns.size();
        block.cell.resize(static_cast<std::size_t>(rows.n) * columns);
        for (std::size_t i = 0; i < columns; ++i) {
            Column &column = rows.columns[block.columns[i]];
            for (int r = 0; r < rows.n; ++r)
                block.cell[r * columns + i] = static_cast<std::uint16_t>(column.first_cell + column.bin_of[r]);
            column.bin_of = {};
        }
    }
}

std::vector<int> present(const Rows &rows, const std::vector<int> &row) {
    std::vector<char> there(rows.loss.d, rows.loss.hard ? 0 : 1);
    if (rows.loss.hard)
        for (int r : row) there[rows.codes[r]] = 1;
    std::vector<int> found;
    for (int c = 0; c < rows.loss.d; ++c)
        if (there[c]) found.push_back(c);
    if (found.empty()) found.push_back(0);  // no rows: any one will do
    return found;
}

void literal_sums(const Rows &rows, const std::vector<int> &row, const std::uint64_t *held,
                  const std::vector<int> &statistics, double *yes) {
    // Popcounts read every word of every kind, lists only the rows that are held.
    const bool popcount = held && !rows.kinds.empty() && rows.kinds.size() * rows.words < row.size();
    const std::vector<Bits> of_kind = popcount ? by_kind(rows, held) : std::vector<Bits>();
    const int d = static_cast<int>(statistics.size());
    std::vector<int> place(rows.loss.d, -1);
    for (int c = 0; c < d; ++c) place[statistics[c]] = c;
    std::vector<double> histogram;
    for (const Block &block : rows.blocks) {
        if (popcount && block.yes_no)
            by_popcount(rows, block, of_kind, place, d, yes);
        else
            by_histogram(rows, block, row, place, d, histogram, yes);
    }
}

void literal_totals(const Rows &rows, const int *row, const double *number, int m, double *yes) {
    std::vector<double> histogram;
    for (const Block &block : rows.blocks) {
        const int columns = static_cast<int>(block.columns.size());
        histogram.assign(block.cells, 0.0);
        for (int i = 0; i < m; ++i)
            add_to(histogram.data(), &block.cell[static_cast<std::size_t>(row[i]) * columns], columns, number[i]);
        answers_of_cells(rows, block, histogram, 1, yes);
    }
}

}  // namespace limbeck
