"""A formula's text as Python's own parser reads it, before anything in it is allowed, and where in it a mistake stands."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from viewer.base.errors import UserMistake

LONGEST = 2000
"""Characters."""
DEEPEST = 200
"""Levels of the tree; Python's own recursion limit stays far away."""
MOST_NODES = 500
GREATEST_EXPONENT = 100.0
"""Of a constant exponent; keeps 9**9**9 and its kin out."""
SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


def parsed(text: str, what: str, example: str, refused: Sequence[tuple[str, str]] = ()) -> tuple[str, ast.expr]:
    """The text on one line, and its syntax tree; nothing is run.

    `what` names it in sentences, `example` is one of its kind, `refused` holds marks and what to write
    instead. Raises UserMistake with the position (from 1).
    """
    if len(text) > LONGEST:
        raise UserMistake(f"the {what} has {len(text)} characters; at most {LONGEST} are allowed: shorten it")
    flat = text.replace("\r", " ").replace("\n", " ").strip()
    if not flat:
        raise UserMistake(f"the {what} is empty; write one such as {example}")
    for mark, remedy in refused:
        if mark in flat:
            raise UserMistake(f"the {what} has {mark!r} at position {flat.index(mark) + 1}; {remedy}: {short(flat)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return flat, ast.parse(flat, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        # The parser says 0 where something lacks at the very end.
        where = (error.offset or len(flat) + 1) if isinstance(error, SyntaxError) else 1
        raise UserMistake(
            f"the {what} can't be read at position {where}; check operators and parentheses: {short(flat)}"
        ) from error


def too_large(what: str) -> UserMistake:
    """The mistake of a tree beyond DEEPEST or MOST_NODES."""
    return UserMistake(f"the {what} is nested too deeply or has too many terms (at most {DEEPEST} and {MOST_NODES}); split it up")


def position(text: str, node: ast.expr) -> int:
    """Where a node stands in the text, in characters from 1."""
    return len(text.encode()[: node.col_offset].decode(errors="ignore")) + 1


def mistake(text: str, node: ast.expr, what: str, why: str) -> UserMistake:
    """The mistake that stands there."""
    return UserMistake(f"in the {what} at position {position(text, node)}: {why}: {short(text)}")


def short(text: str) -> str:
    """At most 200 characters."""
    return text if len(text) <= 200 else text[:199] + "…"
