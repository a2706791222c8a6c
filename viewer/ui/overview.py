"""The scene at a glance, shown where nothing is selected: what is wrong, the line's headline figures, and every station."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.ui.live_row import condition_text
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look, application_font
from viewer.ui.node_facts import title_of
from viewer.ui.scene_facts import headlines, station_lines
from viewer.ui.section import Section, facts_grid
from viewer.ui.station_table import StationTable
from viewer.ui.status import TOKENS, Status, status_pixmap
from viewer.ui.value_text import counted, value_text

_MOST_ABNORMAL, _MOST_FILES = 5, 40
_FIRST = ("schema", "written by", "preprocessor", "author", "organisation", "time", "description")
"""Of what files say about themselves, in this order; the rest by name."""
_WORST_FIRST = (Status.ALARM, Status.BAD, Status.WARNING, Status.STALE)


class Overview(QScrollArea):
    """Made anew with each twin; a refresh only changes texts and marks. Main thread."""

    nodes_asked = Signal(object)
    """list of NodeId: show these."""
    trend_asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._look, self._twin = look, Twin()
        self._snapshot: Snapshot | None = None
        self._about: Mapping[str, Mapping[str, str]] = {}
        self._cards: list[_Card] = []
        self._abnormal: list[_AbnormalRow] = []
        self.stations = StationTable(look)
        self.abnormal_title, self._more = QLabel(), QLabel()
        look.changed.connect(self._build)

    def set_twin(self, twin: Twin) -> None:
        """Speak of another twin."""
        old, self._twin = self._twin, twin
        if not old.nodes or (old.channels, old.stations) != (twin.channels, twin.stations) or old.name != twin.name:
            self._build()
        elif len(old.nodes) != len(twin.nodes):
            self._counts.setText(_counts(twin))

    def set_about(self, about: Mapping[str, Mapping[str, str]]) -> None:
        """What the scene's files say about themselves, by their names."""
        if about != self._about:
            self._about = about
            self._build()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the newest values."""
        self._snapshot = snapshot
        for card in self._cards:
            card.show_value(snapshot)
        self.stations.refresh(snapshot)
        self._show_abnormal(snapshot)

    def _build(self) -> None:
        body, self._counts = QWidget(), QLabel(_counts(self._twin))
        body.setObjectName("panelBody")
        self._counts.setProperty("role", "faint")
        self._counts.setWordWrap(True)
        title = QLabel(self._twin.name or "Scene")
        title.setProperty("role", "title")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 14, 0, 12)
        layout.setSpacing(4)
        for label in (title, self._counts):
            label.setContentsMargins(14, 0, 14, 0)
            layout.addWidget(label)
        layout.addWidget(self._abnormal_box())
        layout.addWidget(self._cards_box())
        section = Section(f"Stations · {len(self._twin.stations)}", self._look)
        self.stations = StationTable(self._look)
        self.stations.set_lines(station_lines(self._twin))
        self.stations.node_asked.connect(lambda node: self.nodes_asked.emit([NodeId(node)]))
        section.rows.addWidget(self.stations)
        section.setHidden(not self._twin.stations)
        layout.addWidget(section)
        for name, facts in list(self._about.items())[:_MOST_FILES]:
            layout.addWidget(self._file_section(name, facts))
        layout.addStretch(1)
        at = self.verticalScrollBar().value()
        self.setWidget(body)
        self.verticalScrollBar().setValue(at)
        if self._snapshot is not None:
            self.refresh(self._snapshot)

    def _file_section(self, name: str, facts: Mapping[str, str]) -> Section:
        section = Section(f"File {name}", self._look, is_folded=len(self._about) > 1)
        told = sorted(facts.items(), key=lambda fact: (_FIRST.index(fact[0]) if fact[0] in _FIRST else len(_FIRST), fact[0]))
        section.rows.addWidget(facts_grid([(key[:1].upper() + key[1:], value) for key, value in told]))
        return section

    def _abnormal_box(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(14, 8, 14, 6)
        rows.setSpacing(1)
        self.abnormal_title, self._more = QLabel(), QLabel()
        self.abnormal_title.setProperty("role", "strong")
        self._more.setProperty("role", "faint")
        self._abnormal = [_AbnormalRow(self._look) for _ in range(_MOST_ABNORMAL)]
        for row in self._abnormal:
            row.clicked.connect(lambda _checked=False, r=row: self._ask(r.channel))
        for widget in (self.abnormal_title, *self._abnormal, self._more):
            rows.addWidget(widget)
        for widget in (*self._abnormal, self._more):
            widget.hide()
        self.abnormal_title.setText("No live values yet" if self._twin.channels else "Select a part to see what it is")
        return box

    def _cards_box(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(14, 2, 14, 8)
        grid.setSpacing(8)
        self._cards = [_Card(channel, self._look) for channel in headlines(self._twin)]
        for place, card in enumerate(self._cards):
            card.asked.connect(self.trend_asked)
            grid.addWidget(card, place // 2, place % 2)
        box.setHidden(not self._cards)
        return box

    def _show_abnormal(self, snapshot: Snapshot) -> None:
        rows = [int(i) for status in _WORST_FIRST for i in np.flatnonzero(snapshot.status == status)]
        self.abnormal_title.setText(_verdict(snapshot, len(rows)))
        for place, row in enumerate(self._abnormal):
            channel = self._twin.channels.get(snapshot.channels[rows[place]]) if place < len(rows) else None
            row.setHidden(channel is None)
            if channel is not None:
                row.show_channel(channel, self._twin, snapshot)
        self._more.setHidden(len(rows) <= _MOST_ABNORMAL)
        self._more.setText(f"and {len(rows) - _MOST_ABNORMAL} more")

    def _ask(self, channel: Channel | None) -> None:
        if channel is not None and channel.node is not None:
            self.nodes_asked.emit([channel.node])
        elif channel is not None:
            self.trend_asked.emit(channel.id)


class _Card(QFrame):
    """One headline figure; pressing it shows its curve."""

    asked = Signal(str)

    def __init__(self, channel: Channel, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"{channel.name}\n{channel.id}\nPress to see its curve")
        self._channel, self._look = channel, look
        self._shown: tuple[object, ...] = ()
        name, self._value, self._note, self._mark = QLabel(channel.name), QLabel("–"), QLabel(), QLabel()
        name.setProperty("role", "faint")
        self._value.setFont(application_font(21, QFont.Weight.DemiBold))
        self._value.setTextFormat(Qt.TextFormat.RichText)
        self._mark.setFixedSize(14, 14)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 7, 8, 7)
        grid.setSpacing(1)
        grid.setColumnStretch(0, 1)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self._mark, 0, 1)
        grid.addWidget(self._value, 1, 0, 1, 2)
        grid.addWidget(self._note, 2, 0, 1, 2)

    def show_value(self, snapshot: Snapshot) -> None:
        """Show the newest value, and its limit where that is passed."""
        value, condition, status, t_ns = snapshot.of(self._channel.id)
        number, unit = value_text(self._channel, value)
        note = condition_text(self._channel, value, condition, status, max(0.0, (snapshot.t_ns - t_ns) / 1e9))
        if (number, note, status) == self._shown:
            return
        self._shown = (number, note, status)
        colours = self._look.theme.colours
        tail = f' <span style="font-size:13px; font-weight:400; color:{colours["text_soft"]}">{unit}</span>' if unit else ""
        self._value.setText(number + tail)
        self._note.setText(note or _target(self._channel))
        self._note.setStyleSheet(f"color: {colours[TOKENS[status] if note else 'text_faint']}; font-size: 11px;")
        if status in (Status.NONE, Status.GOOD):
            self._mark.clear()
        else:
            self._mark.setPixmap(status_pixmap(status, self._look.theme, 14))

    def mouseReleaseEvent(self, event: object) -> None:
        self.asked.emit(self._channel.id)


class _AbnormalRow(QPushButton):
    """One value that is not as it should be; pressing it goes there."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._look = look
        self.channel: Channel | None = None
        self._shown: tuple[object, ...] = ()

    def show_channel(self, channel: Channel, twin: Twin, snapshot: Snapshot) -> None:
        """Say what is wrong with it."""
        self.channel = channel
        value, condition, status, t_ns = snapshot.of(channel.id)
        note = condition_text(channel, value, condition, status, max(0.0, (snapshot.t_ns - t_ns) / 1e9))
        text = f"{channel.name} {note} · {_where(channel, twin)}"
        if (text, status) == self._shown:
            return
        self._shown = (text, status)
        self.setIcon(status_pixmap(status, self._look.theme, 16))
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(120, self.width() - 34)))
        self.setToolTip(f"{text}\n{channel.id}")


def _where(channel: Channel, twin: Twin) -> str:
    if channel.node is None or channel.node not in twin.nodes:
        return "whole line"
    of_node = {s.node: s.name or s.id for s in twin.stations.values()}
    chain = (channel.node, *twin.ancestors(channel.node))
    return next((of_node[n] for n in chain if n in of_node), title_of(twin, channel.node))


def _target(channel: Channel) -> str:
    limits = channel.limits
    if limits.lo is not None:
        return f"at least {limits.lo:g}"
    return f"at most {limits.hi:g}" if limits.hi is not None else ""


def _verdict(snapshot: Snapshot, abnormal: int) -> str:
    seen = int((snapshot.status != Status.NONE).sum())
    if not snapshot.is_live:
        return f"{abnormal} of {seen} values were not normal then" if abnormal else f"All {seen} values were normal then"
    if abnormal:
        return f"{abnormal} value{'s' if abnormal != 1 else ''} need{'s' if abnormal == 1 else ''} attention"
    return f"All {seen} live values are normal" if seen else "No live values yet"


def _counts(twin: Twin) -> str:
    counts = ((len(twin.nodes), "node"), (len(twin.parts), "part"), (len(twin.channels), "channel"))
    return " · ".join(counted(number, thing) for number, thing in counts if number or thing != "channel")
