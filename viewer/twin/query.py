"""The query language of the search: words, wildcards, fields and comparisons, joined by and, or, not; parsed, never run.

bolt m8              both words, anywhere in name, id, kind, part or a property
"left door" or hood  a phrase, or another word
kind:robot not st0*  one field only; a wildcard; not
FireRating=EI60      a property's value; also !=, and ~ for «contains»
mass>2.5kg           a number with a unit; also >=, <, <=
triangles>10000 and (size>1m or volume>0.2m**3)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit

LONGEST, DEEPEST = 500, 40
FIELDS = ("name", "id", "kind", "part", "path", "file")
MEASURES = {"triangles": "", "size": "m", "volume": "m**3", "area": "m**2"}
"""Numbers known of every part, and the unit they are kept in."""
_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<op><=|>=|!=|=|<|>|~|:)|(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<word>[^\s()<>=!~:\"']+|!))"
)
_NUMBER = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_JOINING = ("and", "or", "not", "und", "oder", "nicht")


@dataclass(frozen=True, slots=True)
class Word:
    """A text somewhere in a node, or in one of its fields."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A property (or a known number) against a value."""

    key: str
    operator: str
    """One of = != ~ < <= > >=."""
    text: str
    number: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match."""

    inner: Query


@dataclass(frozen=True, slots=True)
class Joined:
    """All of several, or any."""

    inner: tuple[Query, ...]
    every: bool


Query = Word | Compared | Not | Joined


def parse(text: str) -> Query | None:
    """A query; None for an empty one. Raises UserMistake with one sentence that says what is wrong and where."""
    if len(text) > LONGEST:
        raise UserMistake(f"the search has {len(text)} characters, and {LONGEST} are read; shorten it")
    tokens = _tokens(text)
    if not tokens:
        return None
    parser = _Parser(tokens)
    found = parser.either(0)
    if parser.at < len(tokens):
        raise UserMistake("there is a closing bracket without an opening one; take it out")
    return found


def pattern_of(text: str) -> re.Pattern[str] | None:
    """The pattern of a text with wildcards, to be found anywhere within lines; None where it has none."""
    if "*" not in text and "?" not in text:
        return None
    inner = translate(text.lower().replace("[", "[[]"))
    return re.compile(inner)


Token = tuple[str, str]
"""Kind (open, close, op, quoted, word) and text."""


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()
            if rest[0] in "\"'":
                raise UserMistake(f"the quotation mark before {rest[1:12]!r} is never closed; add one at its end")
            raise UserMistake(f"{rest[:12]!r} can't be read; put it in quotation marks")
        kind = match.lastgroup or "word"
        word = match.group(kind)
        tokens.append((kind, word[1:-1] if kind == "quoted" else word))
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens: or binds least, then and (also unwritten), then not."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self.at = tokens, 0

    def either(self, depth: int) -> Query:
        if depth > DEEPEST:
            raise UserMistake(f"brackets stand more than {DEEPEST} deep in one another; write the search more simply")
        found = [self._every(depth)]
        while self._is_word("or", "oder"):
            self.at += 1
            found.append(self._every(depth))
        return found[0] if len(found) == 1 else Joined(tuple(found), every=False)

    def _every(self, depth: int) -> Query:
        found = [self._one(depth)]
        while True:
            if self._is_word("and", "und"):
                self.at += 1
            elif self.at >= len(self._tokens) or self._kind() == "close" or self._is_word("or", "oder"):
                break
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else Joined(tuple(found), every=True)

    def _one(self, depth: int) -> Query:
        if self.at >= len(self._tokens):
            raise UserMistake("something is missing at the end; add a word or take the last one out")
        kind, text = self._tokens[self.at]
        self.at += 1
        if kind == "open":
            found = self.either(depth + 1)
            if self.at >= len(self._tokens):
                raise UserMistake("a bracket is never closed; add ) at its end")
            self.at += 1
            return found
        if kind == "word" and text.lower() in ("not", "nicht", "!"):
            if depth > DEEPEST:
                raise UserMistake("there are too many nots in a row; write the search more simply")
            return Not(self._one(depth + 1))
        if kind == "close":
            raise UserMistake("there is nothing before the closing bracket; add a word or take it out")
        if kind == "op":
            raise UserMistake(f"there is no name before «{text}»; write it as in FireRating=EI60 or mass>2kg")
        if kind == "word" and text.lower() in _JOINING:
            raise UserMistake(f"there is nothing before «{text}»; add a word or put it in quotation marks to look for it")
        if self.at < len(self._tokens) and self._kind() == "op":
            return self._compared(text)
        if kind == "word" and len(text) > 1 and text[0] == "-" and not _NUMBER.match(text):
            return Not(Word(text[1:].lower()))
        return Word(text.lower())

    def _compared(self, key: str) -> Query:
        operator = self._tokens[self.at][1]
        self.at += 1
        if self.at >= len(self._tokens) or self._kind() not in ("word", "quoted"):
            raise UserMistake(f"there is no value after «{key}{operator}»; add one, or * for any")
        quoted, value = self._kind() == "quoted", self._tokens[self.at][1]
        self.at += 1
        if key.lower() in FIELDS and operator in (":", "=", "~"):
            return Word(value.lower(), key.lower())
        number, unit = (None, "") if quoted else split_number(value)
        if number is not None and not unit and self.at < len(self._tokens) and operator not in ("=", ":", "~", "!="):
            unit = self._unit_next()
        if operator in ("<", "<=", ">", ">=") and number is None:
            raise UserMistake(
                f"«{key}{operator}» needs a number, not {value!r}; write it as in {key}{operator}2.5 or {key}{operator}2.5mm"
            )
        if unit and operator in ("<", "<=", ">", ">="):
            check_unit(unit)
        return Compared(key.lower(), "~" if operator == ":" else operator, value.lower(), number, unit)

    def _unit_next(self) -> str:
        """A unit written apart from its number, as in «size > 2 m»; taken only where it is one."""
        kind, text = self._tokens[self.at]
        if kind != "word" or text.lower() in _JOINING:
            return ""
        try:
            check_unit(text)
        except UserMistake:
            return ""
        following = self._tokens[self.at + 1][0] if self.at + 1 < len(self._tokens) else ""
        if following == "op":
            return ""
        self.at += 1
        return text

    def _kind(self) -> str:
        return self._tokens[self.at][0]

    def _is_word(self, *words: str) -> bool:
        return self.at < len(self._tokens) and self._tokens[self.at][0] == "word" and self._tokens[self.at][1].lower() in words


def split_number(text: str) -> tuple[float | None, str]:
    """The number that a text begins with and the rest as its unit, as in «12.5 mm»; None where it does not begin with one."""
    stripped = text.strip()
    match = _NUMBER.match(stripped)
    if match is None:
        return None, ""
    rest = stripped[match.end() :].strip()
    if rest and (rest[0].isdigit() or rest[0] in ".,:/-"):
        return None, ""
    return float(match.group()), rest
