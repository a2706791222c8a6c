"""The document: the twin that is being worked on, its history of edits, and the scenarios that branch off its base."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from psygnal import Signal

from viewer.base.errors import UserMistake
from viewer.base.ids import ScenarioId, unique_id
from viewer.twin.deltas import NO_CHANGE, Delta
from viewer.twin.difference import delta_between
from viewer.twin.edits import Edit
from viewer.twin.model import Twin
from viewer.twin.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the history: what was done, and what undoes it."""

    edit: Edit
    inverse: Edit


@dataclass(slots=True)
class _Branch:
    """The base or one scenario: where it begins is known from the base; what was done and can be done again."""

    done: list[_Step] = field(default_factory=list)
    undone: list[_Step] = field(default_factory=list)
    saved_at: int = 0
    """How many steps were done when it was saved; -1 where that state can't be reached any more."""


class Document:
    """One open scene. All of it belongs to the main thread; the twins it hands out may go to any thread.

    Edits made while a scenario is open belong to that scenario; the base stays as it is.
    """

    changed = Signal(Delta)
    """The twin is another one; the delta says what differs from the one before."""
    history_changed = Signal()
    """What can be undone or redone, or whether all is saved, is different."""
    scenario_changed = Signal()
    """Another scenario is open, or there are others."""

    def __init__(self, twin: Twin, scenarios: Iterable[Scenario] = ()) -> None:
        self.frozen = ""
        """Why nothing may be changed for the moment, as a sentence; empty: it may."""
        self._base = twin
        self._twin = twin
        self._shown = twin
        self._preview: Edit | None = None
        self._names: dict[ScenarioId, str] = {}
        self._given: dict[ScenarioId, tuple[Edit, ...]] = {}
        self._branches: dict[ScenarioId | None, _Branch] = {None: _Branch()}
        self._open: ScenarioId | None = None
        self._scenarios_saved = True
        for scenario in scenarios:
            self._names[scenario.id] = scenario.name
            self._given[scenario.id] = scenario.edits

    @property
    def twin(self) -> Twin:
        """The twin as it is shown: base, open scenario and preview."""
        return self._shown

    @property
    def settled(self) -> Twin:
        """The twin without what is only previewed: base and open scenario."""
        return self._twin

    @property
    def base(self) -> Twin:
        """The twin without any scenario."""
        return self._base

    # -- edits -------------------------------------------------------------------------------------------------------

    def apply(self, edit: Edit) -> Delta:
        """Do an edit, as one step of the history. Raises UserMistake where it does not fit; then nothing has changed.

        A preview ends with it, so that dragging and letting go is one step.
        """
        self._check_free()
        twin, delta = edit.apply(self._twin)
        if not delta and twin is self._twin:
            self.end_preview()
            return NO_CHANGE
        branch = self._branch
        if branch.saved_at > len(branch.done):
            branch.saved_at = -1
        branch.done.append(_Step(edit, edit.inverse(self._twin)))
        branch.undone.clear()
        return self._stepped(twin, delta)

    def _check_free(self) -> None:
        if self.frozen:
            raise UserMistake(self.frozen)

    def undo(self) -> Delta:
        """Take back the last step. Raises UserMistake where there is none."""
        if not self.can_undo:
            raise UserMistake("there is nothing to undo")
        step = self._branch.done[-1]
        twin, delta = step.inverse.apply(self._twin)
        self._branch.undone.append(self._branch.done.pop())
        return self._stepped(twin, delta)

    def redo(self) -> Delta:
        """Do again what was taken back last. Raises UserMistake where there is nothing."""
        if not self.can_redo:
            raise UserMistake("there is nothing to redo")
        step = self._branch.undone[-1]
        twin, delta = step.edit.apply(self._twin)
        self._branch.done.append(self._branch.undone.pop())
        return self._stepped(twin, delta)

    @property
    def can_undo(self) -> bool:
        return bool(self._branch.done)

    @property
    def can_redo(self) -> bool:
        return bool(self._branch.undone)

    @property
    def undo_title(self) -> str:
        """What undo would take back, e.g. «Move st080»; empty where there is nothing."""
        return self._branch.done[-1].edit.title() if self.can_undo else ""

    @property
    def redo_title(self) -> str:
        """What redo would do again; empty where there is nothing."""
        return self._branch.undone[-1].edit.title() if self.can_redo else ""

    # -- preview -----------------------------------------------------------------------------------------------------

    def preview(self, edit: Edit) -> Delta:
        """Show an edit without doing it, in place of the preview before; for dragging. Raises UserMistake if it does not fit."""
        self._check_free()
        twin, delta = edit.apply(self._twin)
        if self._preview is not None:
            delta = self._unpreviewed() | delta
        self._preview = edit
        self._shown = twin
        return self._emitted(delta)

    def end_preview(self) -> Delta:
        """Show the twin as it is again. Nothing happens where nothing is previewed."""
        if self._preview is None:
            return NO_CHANGE
        delta = self._unpreviewed()
        self._shown = self._twin
        return self._emitted(delta)

    def _unpreviewed(self) -> Delta:
        """What changes when the preview ends; it ends with this."""
        edit, self._preview = self._preview, None
        if edit is None:
            return NO_CHANGE
        _, delta = edit.inverse(self._twin).apply(self._shown)
        return delta

    # -- saving ------------------------------------------------------------------------------------------------------

    @property
    def saved(self) -> bool:
        """Whether the files hold all that was done, in the base and in every scenario."""
        return self._scenarios_saved and all(branch.saved_at == len(branch.done) for branch in self._branches.values())

    def mark_saved(self) -> None:
        """The files now hold what this document holds."""
        for branch in self._branches.values():
            branch.saved_at = len(branch.done)
        self._scenarios_saved = True
        self.history_changed.emit()

    # -- scenarios ---------------------------------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario | None:
        """The open scenario with its edits so far; None while the base is open."""
        return None if self._open is None else self._as_scenario(self._open)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios, in the order they came."""
        return tuple(self._as_scenario(one) for one in self._names)

    def new_scenario(self, name: str, edits: Iterable[Edit] = ()) -> ScenarioId:
        """Make a scenario of the base and these edits, and open it. Raises UserMistake for an empty name."""
        self._check_free()
        if not name.strip():
            raise UserMistake("a scenario needs a name that is not empty")
        own = ScenarioId(unique_id("-".join(name.lower().split()), self._names))
        self._names[own] = name
        self._given[own] = tuple(edits)
        try:
            self.open_scenario(own)
        except UserMistake:
            del self._names[own], self._given[own]
            raise
        self._scenarios_saved = False
        self.history_changed.emit()
        return own

    def open_scenario(self, scenario: ScenarioId | None) -> Delta:
        """Show a scenario, or the base; one delta tells all that differs from what was shown.

        Raises UserMistake where it is unknown or one of its edits does not fit the base any more; then nothing has changed.
        """
        if scenario is not None and scenario not in self._names:
            raise UserMistake(f'there is no scenario "{scenario}"')
        twin, done = self._replayed(scenario)
        before = self._shown
        self._preview = None
        self._open = scenario
        self._twin = self._shown = twin
        self._branches.setdefault(scenario, _Branch()).done = done
        delta = self._emitted(delta_between(before, twin))
        self.scenario_changed.emit()
        self.history_changed.emit()
        return delta

    def rename_scenario(self, scenario: ScenarioId, name: str) -> None:
        """Call a scenario something else; its id stays. Raises UserMistake where it is unknown or the name is empty."""
        if scenario not in self._names:
            raise UserMistake(f'there is no scenario "{scenario}"')
        if not name.strip():
            raise UserMistake("a scenario needs a name that is not empty")
        if self._names[scenario] != name:
            self._names[scenario] = name
            self._scenarios_saved = False
            self.scenario_changed.emit()
            self.history_changed.emit()

    def delete_scenario(self, scenario: ScenarioId) -> None:
        """Forget a scenario; if it is open, the base is opened. Raises UserMistake where it is unknown."""
        if scenario not in self._names:
            raise UserMistake(f'there is no scenario "{scenario}"')
        if self._open == scenario:
            self.open_scenario(None)
        del self._names[scenario], self._given[scenario]
        self._branches.pop(scenario, None)
        self._scenarios_saved = False
        self.scenario_changed.emit()
        self.history_changed.emit()

    def twin_of(self, scenario: ScenarioId | None) -> Twin:
        """The twin of a scenario, or the base (None), without opening it. Raises UserMistake as `open_scenario`."""
        if scenario == self._open:
            return self._twin
        return self._replayed(scenario)[0]

    def _replayed(self, scenario: ScenarioId | None) -> tuple[Twin, list[_Step]]:
        """A scenario on the base as it is now, and its steps with inverses that fit that base."""
        if scenario is None:
            return self._base, self._branches[None].done
        given = self._given[scenario]
        twin, steps = self._base, list[_Step]()
        try:
            for number, edit in enumerate(self._as_scenario(scenario).edits):
                if number >= len(given):
                    steps.append(_Step(edit, edit.inverse(twin)))
                twin, _ = edit.apply(twin)
        except UserMistake as error:
            raise UserMistake(f'scenario "{self._names[scenario]}" no longer fits the scene: {error}') from error
        return twin, steps

    def _as_scenario(self, scenario: ScenarioId) -> Scenario:
        done = self._branches[scenario].done if scenario in self._branches else []
        return Scenario(scenario, self._names[scenario], (*self._given[scenario], *(step.edit for step in done)))

    # -- within ------------------------------------------------------------------------------------------------------

    @property
    def _branch(self) -> _Branch:
        return self._branches[self._open]

    def _stepped(self, twin: Twin, delta: Delta) -> Delta:
        """Take over a twin after a step of the history."""
        if self._preview is not None:
            delta = self._unpreviewed() | delta
        self._twin = self._shown = twin
        if self._open is None:
            self._base = twin
        self._emitted(delta)
        self.history_changed.emit()
        return delta

    def _emitted(self, delta: Delta) -> Delta:
        if delta:
            self.changed.emit(delta)
        return delta
