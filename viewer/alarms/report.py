"""The alarm report for people: the figures as plain text and as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from viewer.alarms.figures import FLOOD_BEGINS_ABOVE, INTERVAL_NS, Figures, Often, Operator

_NONE = "None: nothing lies outside the recommendations."
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1c2430}"
    "h1{font-size:1.6em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3em .8em .3em 0;border-bottom:1px solid #d8dde3}td.n,th.n{text-align:right}"
    "li{margin:.3em 0}svg{width:100%;height:9em;background:#f4f6f8}"
)


def report_text(found: Figures) -> str:
    """The figures in lines of text."""
    lines = [f"Alarms from {_time(found.t0_ns)} to {_time(found.t1_ns)}", ""]
    lines += [f"  {name:<28}{value}" for name, value in _facts(found)]
    for title, rows in (one for one in _tables(found) if one[1]):
        lines += ["", title, *(f"  {name:<60} {value}" for name, value in rows)]
    lines += ["", "Findings", *(f"  - {one}" for one in found.findings or (_NONE,))]
    return "\n".join(lines) + "\n"


def report_html(found: Figures) -> str:
    """The figures as one page, with the load over time drawn for each operator."""
    findings = "".join(f"<li>{escape(one)}</li>" for one in found.findings or (_NONE,))
    charts = "".join(f"<h2>{escape(one.name or 'Load')}: alarms in ten minutes</h2>{_chart(one)}" for one in found.operators)
    tables = "".join(f"<h2>{escape(title)}</h2>{_table(rows)}" for title, rows in _tables(found) if rows)
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Alarm report</title><style>{_STYLE}</style>"
        f"<h1>Alarms from {_time(found.t0_ns)} to {_time(found.t1_ns)}</h1>"
        f"<h2>Findings</h2><ul>{findings}</ul>{_table(_facts(found))}{charts}{tables}"
        "<p>By EEMUA 191 (ed. 3) and ANSI/ISA-18.2-2016.</p></html>"
    )


def _facts(found: Figures) -> list[tuple[str, str]]:
    facts = [("Announced", str(found.announced))]
    for one in found.operators:
        who = f" ({one.name})" if one.name else ""
        facts.append((f"Average in 10 min{who}", f"{one.average:.2f}: {one.load}"))
        facts.append((f"Peak in 10 min{who}", str(one.peak)))
        facts.append((f"Floods{who}", f"{len(one.floods)}, {100.0 * one.flood_share:.1f} % of the time"))
    if found.acknowledge_s is not None:
        middle_s, tenth_s, longest_s = found.acknowledge_s
        words = f"median {middle_s:.0f} s, nine of ten within {tenth_s:.0f} s, longest {longest_s:.0f} s"
        facts.append(("Time to acknowledge", words))
    facts.append(("Acknowledged", f"{found.acknowledged} of {found.announced}"))
    facts.append(("Standing at the end", str(len(found.standing))))
    facts += [(f"{key.replace('_', ' ').capitalize()} at the end", str(count)) for key, count in found.held_back.items()]
    return facts


def _tables(found: Figures) -> list[tuple[str, list[tuple[str, str]]]]:
    total = max(1, found.announced)
    priorities = [(key, f"{count} ({100.0 * count / total:.0f} %)") for key, count in found.priorities.items()]
    floods = [
        (f"{_time(one.t0_ns)}, {(one.t1_ns - one.t0_ns) // INTERVAL_NS * 10} min", f"{one.alarms} alarms, {one.peak} at the peak")
        for operator in found.operators
        for one in operator.floods
    ]
    return [
        ("Most frequent", _counted(found.top)),
        ("Chattering (3 or more within a minute)", _counted(found.chattering)),
        ("Fleeting (gone within a minute)", _counted(found.fleeting)),
        ("Stale (more than 24 h)", [(one, "") for one in found.stale]),
        ("Floods", floods),
        ("Priorities", priorities),
    ]


def _counted(often: Sequence[Often]) -> list[tuple[str, str]]:
    return [(one.alarm, f"{one.times} ({100.0 * one.share:.1f} %)") for one in often]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><td>{escape(a)}</td><td class='n'>{escape(b)}</td></tr>" for a, b in rows) + "</table>"


def _chart(one: Operator) -> str:
    """Bars of the intervals, those of a flood marked, with the flood's line."""
    count, top = len(one.intervals), max(FLOOD_BEGINS_ABOVE + 2, *one.intervals)
    bars = "".join(
        f"<rect x='{at}' y='{top - number}' width='.9' height='{number}' "
        f"fill='{'#b3261e' if number > FLOOD_BEGINS_ABOVE else '#3a6ea5'}'/>"
        for at, number in enumerate(one.intervals)
        if number
    )
    stroke = "stroke='#b3261e' stroke-width='1' vector-effect='non-scaling-stroke'"
    line = f"<path d='M0 {top - FLOOD_BEGINS_ABOVE}H{count}' {stroke}/>"
    return f"<svg viewBox='0 0 {count} {top}' preserveAspectRatio='none' role='img' aria-label='Load'>{bars}{line}</svg>"


def _time(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M UTC")
