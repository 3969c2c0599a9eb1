"""A tree as source code with the answers of `Tree.predict`: C, Python and JavaScript, and the walk that they share."""

from limbeck.code.c import c_source
from limbeck.code.javascript import javascript_source
from limbeck.code.python import python_source

__all__ = ["c_source", "javascript_source", "python_source"]
