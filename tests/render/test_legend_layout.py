"""Legends take the form that leaves the scene its room, and tell the ends of their ranges in each."""

from viewer.render.legend_layout import LegendSheet, compact, form_for, full, header
from viewer.twin.channels import StateLabel
from viewer.twin.overlays import Legend

STATES = tuple(StateLabel(i, name, (10 * i, 90, 90)) for i, name in enumerate(("idle", "starved", "working", "blocked", "fault")))
FIVE = (Legend("State", "", states=STATES), *(Legend(f"Torque {i}", "N*m", "viridis", 0.0, 34.5) for i in range(4)))


def _measure(words: str, strong: bool) -> float:
    return (6.5 if strong else 6.0) * len(words)


def _inside(sheet: LegendSheet) -> bool:
    ends = [(words.x + _measure(words.text, words.strong), words.middle + 6.0) for words in sheet.words]
    ends += [(x + w, y + h) for (x, y, w, h), _ in (*sheet.bars, *sheet.swatches)]
    return all(x <= sheet.width and y <= sheet.height for x, y in ends)


def test_that_no_legends_take_no_room() -> None:
    assert full((), _measure).height == 0.0
    assert full((), _measure).cards == []


def test_that_the_form_shrinks_with_the_room() -> None:
    assert form_for(FIVE, _measure, (1600.0, 1200.0)) == "full"
    assert form_for(FIVE, _measure, (900.0, 420.0)) == "compact"
    assert form_for(FIVE, _measure, (690.0, 355.0)) == "header"  # what a screen of 1366 x 768 leaves beside the panels
    assert form_for(FIVE, _measure, (900.0, 200.0)) == "header"
    assert form_for(FIVE, _measure, (400.0, 420.0)) == "header"


def test_that_nothing_is_written_beyond_the_card() -> None:
    assert all(_inside(form(FIVE, _measure)) for form in (full, compact, header))


def test_that_the_compact_form_names_every_state_and_both_ends_of_a_range() -> None:
    texts = [words.text for words in compact(FIVE, _measure).words]
    assert {state.text for state in STATES} <= set(texts)
    assert texts.count("0") == texts.count("34.5") == 4
