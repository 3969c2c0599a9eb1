"""Concepts: questions about inputs that are no table (texts, bytes, images, objects), as the columns of one."""

from limbeck.concepts.byte_patterns import Bytes
from limbeck.concepts.choice import telling_columns
from limbeck.concepts.concepts import Concepts
from limbeck.concepts.directions import Directions
from limbeck.concepts.functions import Functions
from limbeck.concepts.inputs import bytes_of, raw_table, text_of
from limbeck.concepts.kinds import kinds_of
from limbeck.concepts.patches import Patches
from limbeck.concepts.questions import Candidates, Question, Questions
from limbeck.concepts.showing import ShownInput, shown_input
from limbeck.concepts.superpixels import Superpixels
from limbeck.concepts.words import Words

__all__ = [
    "Bytes",
    "Candidates",
    "Concepts",
    "Directions",
    "Functions",
    "Patches",
    "Question",
    "Questions",
    "ShownInput",
    "Superpixels",
    "Words",
    "bytes_of",
    "kinds_of",
    "raw_table",
    "shown_input",
    "telling_columns",
    "text_of",
]
