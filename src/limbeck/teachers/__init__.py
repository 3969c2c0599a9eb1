"""Trained models behind one protocol. Each framework has one file, which is imported only when it is asked for."""

from limbeck.teachers.base import Progress, Teacher, no_progress
from limbeck.teachers.files import open_model
from limbeck.teachers.find import as_teacher
from limbeck.teachers.function import FunctionTeacher
from limbeck.teachers.positions import Position, put_at, shape_words
from limbeck.teachers.teacher_file import TeacherFile

__all__ = [
    "FunctionTeacher",
    "Position",
    "Progress",
    "Teacher",
    "TeacherFile",
    "as_teacher",
    "no_progress",
    "open_model",
    "put_at",
    "shape_words",
]
