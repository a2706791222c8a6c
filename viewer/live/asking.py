"""Questions of a viewer to its gateway that wait for their answers: numbered, paged, given up when nothing comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from viewer.base.errors import Fault, GenchiError, UserMistake
from viewer.live import past_words as words
from viewer.live import wire

_T = TypeVar("_T")
_WITHIN_S = 30.0
MOST_WAITING = 60
"""What a gateway answers of one viewer at a time; more wait here."""
_MOST_PAGES = 4_000


@dataclass(slots=True)
class Question(Generic[_T]):
    """One question: the message for its number, and what its answers make."""

    message: Callable[[int], wire.FromViewer]
    finish: Callable[[list[Any]], _T]
    """From all pages; may raise GenchiError or ValueError for answers that make no sense."""
    future: Future[_T] = field(default_factory=Future)
    answers: list[Any] = field(default_factory=list)
    until_s: float = 0.0


class Asking:
    """On the receiving thread."""

    def __init__(self, send: Callable[[wire.FromViewer], bool]) -> None:
        self._send = send
        self._open: dict[int, Question[Any]] = {}
        self._waiting: list[Question[Any]] = []
        self._numbers = 0

    def number(self) -> int:
        """A number that no other question has."""
        self._numbers += 1
        return self._numbers

    def ask(self, question: Question[Any]) -> None:
        """Send it, or keep it until others are answered."""
        if len(self._open) >= MOST_WAITING:
            self._waiting.append(question)
            return
        number = self.number()
        question.until_s = time.monotonic() + _WITHIN_S
        try:
            message = question.message(number)
        except (GenchiError, ValueError) as error:
            _fail(question, error)
            return
        self._open[number] = question
        if not self._send(message):
            self._fail(number, Fault("the way to the gateway is full: ask again"))

    def answered(self, answer: wire.Answered | wire.Faults) -> bool:
        """Take an answer; whether somebody had asked. Raises WireError for one that can't be."""
        question = self._open.get(answer.request)
        if question is None:
            return False
        question.answers.append(answer)
        question.until_s = time.monotonic() + _WITHIN_S
        if len(question.answers) > _MOST_PAGES:
            self._fail(answer.request, Fault(f"an answer of over {_MOST_PAGES} pages: ask for less"))
        elif isinstance(answer, words.Range) and answer.more:
            self._go_on(answer.request, question, answer)
        elif getattr(answer, "last", True):
            self._finish(answer.request, question)
        return True

    def refused(self, request: int, sentence: str) -> bool:
        """The gateway can't or won't answer; whether somebody had asked."""
        return self._fail(request, UserMistake(sentence))

    def mind_the_time(self, now_s: float) -> None:
        """Give up what has waited too long."""
        for number in [number for number, one in self._open.items() if now_s > one.until_s]:
            self._fail(number, Fault(f"the gateway gave no answer within {_WITHIN_S:.0f} s"))

    def drop(self, why: str) -> None:
        """The connection is gone: nothing will be answered."""
        questions = [*self._open.values(), *self._waiting]
        self._open, self._waiting = {}, []
        for question in questions:
            _fail(question, Fault(f"no answer: {why}"))

    def _go_on(self, number: int, question: Question[Any], page: words.Range) -> None:
        asked = question.message(number)
        before = question.answers[-2] if len(question.answers) > 1 else None
        start = (before.next_ns, before.skip) if isinstance(before, words.Range) else (0, 0)
        if not isinstance(asked, words.RangeRequest) or (page.next_ns, page.skip) <= start:
            self._fail(number, Fault("the gateway's pages do not go on"))
            return
        following = words.RangeRequest(number, asked.channel, page.next_ns, asked.t1_ns, page.skip)
        if not self._send(following):
            self._fail(number, Fault("the way to the gateway is full: ask again"))

    def _finish(self, number: int, question: Question[Any]) -> None:
        del self._open[number]
        try:
            result = question.finish(question.answers)
        except (GenchiError, ValueError) as error:
            _fail(question, error)
        else:
            if question.future.set_running_or_notify_cancel():
                question.future.set_result(result)
        self._next()

    def _fail(self, number: int, error: Exception) -> bool:
        question = self._open.pop(number, None)
        if question is None:
            return False
        _fail(question, error)
        self._next()
        return True

    def _next(self) -> None:
        if self._waiting and len(self._open) < MOST_WAITING:
            self.ask(self._waiting.pop(0))


def _fail(question: Question[Any], error: Exception) -> None:
    if question.future.set_running_or_notify_cancel():
        question.future.set_exception(error if isinstance(error, GenchiError) else Fault(str(error)))
