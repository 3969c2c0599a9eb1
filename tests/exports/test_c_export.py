"""The C header of a tree, compiled, answers as the tree does; so does the one of whole numbers, on its grid."""

import itertools
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.exported import HOSTILE, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.c_text import c_text
from limbeck.exports.walk import asked

COMPILER = shutil.which("gcc") or shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no `gcc`: install a C compiler (apt install gcc)")
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1", "-trigraphs"]
NUMBERS = range(14)


def struct_fields(source):
    return re.findall(r"^  \w+ (\w+); /\*", source.partition("typedef struct {")[2].partition("\n} ")[0], re.M)


def reader(tree, source, name, fixed):
    """Write a C function that reads rows from a file of values and writes what the tree answers."""
    fields = dict(zip(asked(tree), struct_fields(source), strict=False))
    number = "int32_t" if fixed else "double"
    answer = "double" if tree.classes is None and not fixed else "int32_t"
    lines = [source, f"static void run_{name}(FILE *rows, FILE *answers, long n) {{", f"  {name}_row row;"]
    lines += [
        f"  {answer} answer;",
        "  long i;",
        "  (void)rows;",
        "  memset(&row, 0, sizeof row);",
        "  for (i = 0; i < n; i++) {",
    ]
    for column, kind in asked(tree).items():
        if kind is Kind.NUMERIC:
            lines.append(f"    {{ {number} v; get(&v, sizeof v, rows); row.{fields[column]} = v; }}")
        else:
            lines.append(f"    row.{fields[column]} = {name}_{fields[column]}_code(get_text(rows));")
    lines += [f"    answer = {name}_predict(&row);", "    fwrite(&answer, sizeof answer, 1, answers);", "  }"]
    if tree.classes is not None:
        lines += [f"  for (i = 0; i < {len(tree.classes)}; i++) put_text({name}_class_text((int32_t)i), answers);"]
        lines += [f"  if ({name}_class_text(-1) || {name}_class_text({len(tree.classes)})) abort();"]
    return "\n".join([*lines, "}"])


PREAMBLE = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""
GETS = """
static void get(void *to, size_t size, FILE *from) { if (fread(to, size, 1, from) != 1) abort(); }
"""
TEXTS = """
static char text[100000];
static const char *get_text(FILE *from) {
  int length; get(&length, sizeof length, from);
  if (length < 0) return 0;
  if (length) get(text, (size_t)length, from);
  text[length] = 0;
  return text;
}
"""
PUTS = """
static void put_text(const char *from, FILE *to) {
  int length = (int)strlen(from); fwrite(&length, sizeof length, 1, to); fwrite(from, 1, (size_t)length, to);
}
"""


def packed(tree, rows, fixed):
    """Write rows as the bytes that `reader` reads."""
    number = np.int32 if fixed else np.float64
    columns = []
    for name, kind in asked(tree).items():
        if kind is Kind.NUMERIC:
            content, size = rows[name].to_numpy(number).tobytes(), np.dtype(number).itemsize
            columns.append([content[i : i + size] for i in range(0, len(content), size)])
        else:
            columns.append([packed_text(value) for value in rows[name].tolist()])
    return b"".join(itertools.chain.from_iterable(zip(*columns, strict=True)))


def packed_text(value):
    encoded = b"" if value is None else value.encode()
    return np.int32(-1 if value is None else len(encoded)).tobytes() + encoded


def answers(place, jobs, *, fixed=False, flags=(), **options):
    """Compile every tree into one program, and run it on the rows of each."""
    sources = [tree.to_c(name=f"t{i}", **options) for i, (tree, _) in enumerate(jobs)]
    assert all(source.isascii() for source in sources)
    readers = [
        reader(tree, source, f"t{i}", fixed) for i, ((tree, _), source) in enumerate(zip(jobs, sources, strict=True))
    ]
    calls = [
        f'  run_t{i}(fopen("rows{i}", "rb"), fopen("answers{i}", "wb"), {len(r)});' for i, (_, r) in enumerate(jobs)
    ]
    used = "\n".join(readers)
    helpers = (
        PREAMBLE
        + (GETS if "get" in used else "")
        + (TEXTS if "get_text(" in used else "")
        + (PUTS if "put_text(" in used else "")
    )
    program = f"{helpers}{used}\nint main(void) {{\n" + "\n".join(calls) + "\n  return 0;\n}\n"
    (place / "main.c").write_text(program)
    for i, (tree, rows) in enumerate(jobs):
        (place / f"rows{i}").write_bytes(packed(tree, rows, fixed))
    built = subprocess.run(
        [COMPILER, *STRICT, *flags, "main.c", "-o", "run"], cwd=place, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    subprocess.run([place / "run"], cwd=place, check=True)
    return [read_answers(place / f"answers{i}", tree, len(rows), fixed) for i, (tree, rows) in enumerate(jobs)]


def read_answers(path, tree, n, fixed):
    content = path.read_bytes()
    if tree.classes is None:
        return np.frombuffer(content, np.int32 if fixed else float).tolist()
    codes, rest, texts = np.frombuffer(content[: 4 * n], np.int32), content[4 * n :], []
    while rest:
        length = int.from_bytes(rest[:4], "little")
        texts.append(rest[4 : 4 + length].decode())
        rest = rest[4 + length :]
    assert texts == [str(label) for label in tree.classes]
    return [tree.classes[code] for code in codes]


@needs_compiler
@pytest.mark.parametrize("flags", [[], ["-m32", "-mfpmath=387"]], ids=["double", "long double registers"])
def test_every_row_is_answered_as_by_the_tree(tmp_path, flags):
    if flags and subprocess.run([COMPILER, *flags, "-E", "-include", "stdio.h", "-"], input=b"").returncode:
        pytest.skip("no 32-bit C library: apt install gcc-multilib")
    jobs = [(tree, rows_for(tree)) for tree in TREES.values()]
    for name, (tree, rows), found in zip(TREES, jobs, answers(tmp_path, jobs, flags=flags), strict=True):
        assert found == tree.predict(rows).tolist(), name


@needs_compiler
@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(trees(), min_size=30, max_size=40))
def test_no_name_and_no_value_changes_the_program(drawn, tmp_path_factory):
    jobs = [(tree, rows_for(tree, 30)) for tree in drawn]
    for (tree, rows), found in zip(jobs, answers(tmp_path_factory.mktemp("c"), jobs), strict=True):
        assert found == tree.predict(rows).tolist()


BITS = {f"x{j}": j for j in NUMBERS}
FIXED = {
    "whole numbers": TREES["wide"],
    "regression": Tree.from_node(
        Split(Literal.at_most("x3", 0.7), Leaf((0.1,), 1.0),
              Split(Literal.is_value("x4", 0.25), Leaf((-3.3,), 1.0),
                    Split(Literal.at_most("x5", 1e30), Leaf((100.0,), 1.0), Leaf((7.0,), 1.0)))),
        classes=None, columns=TREES["wide"].columns),
    "mixed": TREES["mixed"],
}  # fmt: skip


@needs_compiler
@pytest.mark.parametrize("name", FIXED)
def test_whole_numbers_answer_as_the_tree_does_on_their_grid(tmp_path, name):
    tree = FIXED[name]
    bits = {column: BITS.get(column, 3) for column, kind in asked(tree).items() if kind is Kind.NUMERIC}
    rng = np.random.default_rng(1)
    rows, held = rows_for(tree), rows_for(tree)
    for column, b in bits.items():
        drawn = np.floor(np.nan_to_num(rows[column], posinf=5, neginf=-5).clip(-1000, 1000) * 2.0**b)
        drawn += rng.integers(-1, 2, len(drawn))
        drawn[rng.random(len(drawn)) < 0.01] = 2**31 - 1
        missing = rng.random(len(drawn)) < 0.1
        held[column] = np.where(missing, np.iinfo(np.int32).min, drawn).astype(np.int32)
        rows[column] = np.where(missing, np.nan, drawn / 2.0**b)
    (found,) = answers(tmp_path, [(tree, held)], fixed=True, fixed_point=bits, answer_bits=10)
    expected = tree.predict(rows)
    assert found == (expected if tree.classes is not None else np.round(expected * 1024).astype(int)).tolist()


def test_the_header_needs_no_library_and_allocates_nothing():
    for tree in TREES.values():
        for source in (tree.to_c(), tree.to_c(fixed_point=0, answer_bits=0)):
            assert set(re.findall(r"#include <(.*)>", source)) <= {"stdint.h", "float.h"}
            assert "alloc(" not in source
    assert "double" not in TREES["mixed"].to_c(fixed_point=4)


@needs_compiler
@pytest.mark.parametrize("options", [{}, {"fixed_point": 4, "answer_bits": 0}], ids=["double", "fixed point"])
def test_it_compiles_freestanding_for_a_machine_without_a_library(tmp_path, options):
    (tmp_path / "tree.h").write_text(
        TREES["mixed"].to_c(**options) + "\n" + TREES["regression"].to_c(name="other", **options)
    )
    (tmp_path / "main.c").write_text(
        '#include "tree.h"\nint32_t f(const tree_row *row) { return tree_predict(row); }\n'
    )
    flags = ["-ffreestanding", "-nostdlib", "-c", "-o", "main.o"]
    built = subprocess.run([COMPILER, *STRICT, *flags, "main.c"], cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    undefined = subprocess.run(["nm", "-u", "main.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert undefined == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_text_means_nothing_in_strings_comments_and_trigraphs(text):
    written = c_text(text)
    assert written.isascii()
    assert written.isprintable()
    assert "*/" not in written
    assert "??" not in written
    assert written.count('"') == 2
    escaped = re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), written[1:-1])
    assert escaped.encode("latin-1").decode() == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "a b"}, "no identifier of C"),
        ({"name": "int2x;"}, "no identifier of C"),
        ({"fixed_point": 31}, r"\[0, 30\]"),
        ({"fixed_point": {"nothing": 3}}, "no column that the tree asks about"),
        ({"fixed_point": 2, "answer_bits": 30}, "give a smaller `answer_bits`"),
        ({"answer": "proba"}, "no such answer"),
    ],
)
def test_what_c_cannot_say_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        FIXED["regression"].to_c(**options)


def test_constants_of_different_columns_never_meet():
    names = ["a", "a b", "class", "class_x", "missing"]
    columns = [(name, Kind.CATEGORICAL) for name in names]
    node = Leaf((1.0, 0.0), 1.0)
    for name, value in itertools.product(names, ["b c", "c", "x", "missing", "other"]):
        node = Split(Literal.one_of(name, [value]), Leaf((0.0, 1.0), 1.0), node)
    source = Tree.from_node(node, classes=("x", "text"), columns=tuple(columns)).to_c()
    constants = re.findall(r"^  (TREE_\w+) = ", source, re.M)
    assert len(constants) == len(set(constants)) == 25 + 2 * 5 + 2
    assert len(set(struct_fields(source))) == 5


@needs_compiler
@pytest.mark.parametrize("fixed", [False, True])
def test_rows_that_ask_the_model_are_told_apart(tmp_path, fixed):
    named = Split(Literal.at_most("ask", 0.0), Leaf((0.9, 0.1), 1.0), Leaf((0.5, 0.5), 1.0, defers=True))
    numbers = Split(Literal.at_most("ask", 0.0), Leaf((2.0,), 1.0), Leaf((7.0,), 1.0, defers=True))
    columns = (("ask", Kind.NUMERIC), ("model", Kind.NUMERIC))
    options = {"fixed_point": 0, "answer_bits": 0} if fixed else {}
    sources = [
        Tree.from_node(root, classes=classes, columns=columns).to_c(name=f"t{i}", **options)
        for i, (root, classes) in enumerate([(named, ("no", "ask model")), (numbers, None)])
    ]
    main = """
    int main(void) {
      t0_row a; t1_row b;
      int bad = 0;
      a.ask = 0; b.ask = 0;
      bad |= t0_asks_model(t0_predict(&a)) || t0_predict(&a) != T0_CLASS_NO;
      bad |= t1_asks_model(t1_predict(&b)) || t1_predict(&b) != 2;
      a.ask = 1; b.ask = 1;
      bad |= !t0_asks_model(t0_predict(&a)) || t0_class_text(t0_predict(&a)) != 0;
      bad |= !t1_asks_model(t1_predict(&b));
      return bad;
    }
    """
    (tmp_path / "asks.c").write_text("\n".join([*sources, main]))
    build = [COMPILER, *STRICT, "asks.c", "-o", "asks"]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert subprocess.run(["./asks"], cwd=tmp_path).returncode == 0
