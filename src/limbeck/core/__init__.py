"""The nouns: tables, literals, vocabularies, clauses, trees, and how outputs are read. All frozen, NumPy only."""

from limbeck.core.answers import Answers
from limbeck.core.cells import Box, Cells, covers, representatives
from limbeck.core.clause import Clause
from limbeck.core.importances import column_shares
from limbeck.core.labels import of_one_type
from limbeck.core.literal import Literal, Op
from limbeck.core.nodes import Leaf, Node, Split, literals_of
from limbeck.core.outputs import Outputs, Task
from limbeck.core.ranks import mean_ranks, mean_ranks_in_line
from limbeck.core.reading import OutputReading
from limbeck.core.refusals import refuse_asking, refuse_dates
from limbeck.core.seed import seed_of
from limbeck.core.together import leaf_numbers, leaf_scores
from limbeck.core.tree import Tree
from limbeck.core.unit import Unit
from limbeck.core.vocabulary import Vocabulary, threshold_between, threshold_budget
from limbeck.tables import Column, Kind, Table, as_table

__all__ = [
    "Answers",
    "Box",
    "Cells",
    "Clause",
    "Column",
    "Kind",
    "Leaf",
    "Literal",
    "Node",
    "Op",
    "OutputReading",
    "Outputs",
    "Split",
    "Table",
    "Task",
    "Tree",
    "Unit",
    "Vocabulary",
    "as_table",
    "column_shares",
    "covers",
    "leaf_numbers",
    "leaf_scores",
    "literals_of",
    "mean_ranks",
    "mean_ranks_in_line",
    "of_one_type",
    "refuse_asking",
    "refuse_dates",
    "representatives",
    "seed_of",
    "threshold_between",
    "threshold_budget",
]
