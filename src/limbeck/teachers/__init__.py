"""Trained models behind one protocol. Each framework has one file, which is imported only when it is asked for."""

from limbeck.teachers.base import Progress, Teacher, no_progress
from limbeck.teachers.files import open_model
from limbeck.teachers.find import as_teacher
from limbeck.teachers.function import FunctionTeacher
from limbeck.teachers.positions import Position, put_at, shape_words

__all__ = [
    "FunctionTeacher",
    "Position",
    "Progress",
    "Teacher",
    "as_teacher",
    "no_progress",
    "open_model",
    "put_at",
    "shape_words",
]
