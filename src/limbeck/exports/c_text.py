"""Text of the user in C source, and the words that C and its neighbours keep for themselves."""

from __future__ import annotations

import string

from limbeck.exports.quoting import refuse_characters

__all__ = ["RESERVED", "c_comment", "c_text"]

# Words of C and C++, and macros of common headers and compilers.
_WORDS = """
    alignas alignof and and_eq arm asm assert atomic_cancel atomic_commit atomic_noexcept auto bit bitand
    bitor bool break case catch cdecl char char16_t char32_t char8_t class co_await co_return co_yield code
    compl complex concept const const_cast consteval constexpr constinit continue data decltype default
    delete do double dynamic_cast eeprom else enum errno explicit export extern false far fastcall final
    flash float for friend goto huge i386 idata if imaginary import inline int interrupt linux long m68k
    mips module mutable namespace near new noexcept noreturn not not_eq nullptr operator or or_eq override
    pascal pdata private progmem protected public reflexpr register reinterpret_cast requires restrict
    return sbit sfr short signed sizeof sparc static static_assert static_cast stderr stdin stdout struct
    sun switch synchronized template this thread_local throw true try typedef typeid typename typeof
    typeof_unqual union unix unsigned using vax virtual void volatile wchar_t while xdata xor xor_eq
"""

RESERVED = frozenset(_WORDS.split())
"""Words that no field of a struct may be called."""

_PLAIN = frozenset(string.ascii_letters + string.digits + " _.,:;=<>()[]{}+-!&|^~@#$")


def c_text(text: str) -> str:
    r"""Write text as a C string in UTF-8, of characters that mean nothing in strings, comments and trigraphs.

    Examples
    --------
    >>> print(c_text('a"*/é'))
    "a\042\052\057\303\251"
    """
    refuse_characters(text, {"\0"}, "a text of C")
    # Always three octal digits, so that a digit that follows is not read as one of them.
    return '"' + "".join(chr(b) if chr(b) in _PLAIN else f"\\{b:03o}" for b in text.encode()) + '"'


def c_comment(text: str) -> str:
    """Write text for a comment, the whole of it: it says which column or category an identifier stands for."""
    return c_text(text)
