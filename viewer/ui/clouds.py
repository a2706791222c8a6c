"""Point clouds in the window: how they are looked at, remembered; what the inspector tells of a scan; their actions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSlider, QWidget

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.twin.cloud_look import BUDGETS, COLOURS, CloudLook
from viewer.twin.clouds import PointCloud
from viewer.twin.model import Twin
from viewer.ui.actions import ActionSpec
from viewer.ui.section import facts_grid
from viewer.ui.value_text import length_text

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

COLOUR_NAMES = ("Automatic", "Scan colours", "Intensity", "Height", "One colour")
_BUDGET_NAMES = ("Few points, fluid", "Usual", "Many points")
_SIZES = (0.5, 4.0)
_STEP = 1.25
_TENTHS = 10


class Clouds(QObject):
    """Keeps the one look of all clouds in this window. Main thread."""

    changed = Signal()
    """The look, or how many points are drawn."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._w = window
        self.look = remembered(window)
        window.view3d.set_cloud_look(self.look)
        window.inspector.sections.append(self._section)
        self._drawn = (-1, -1)
        window.view3d.frame_drawn.connect(self._count)
        self._add_actions()

    @property
    def drawn(self) -> tuple[int, int]:
        """Points of the last frame, and all there are."""
        return self._w.view3d.cloud_points()

    def use(self, look: CloudLook) -> None:
        """Look at all clouds so, from now on and in the next run."""
        if look == self.look:
            return
        self.look = look
        self._w.view3d.set_cloud_look(look)
        self._w.state.set("cloud_colour", look.colour)
        self._w.state.set("cloud_look", [look.size, float(look.budget), float(look.shaded)])
        self.changed.emit()
        self._w.actions_.refresh()

    def _count(self, _milliseconds: float) -> None:
        if self.drawn != self._drawn:
            self._drawn = self.drawn
            self.changed.emit()

    def _has_clouds(self) -> bool:
        return self.drawn[1] > 0

    def _add_actions(self) -> None:
        def scaled(factor: float) -> None:
            low, high = _SIZES
            self.use(replace(self.look, size=min(max(self.look.size * factor, low), high)))

        def next_colour() -> None:
            self.use(replace(self.look, colour=COLOURS[(COLOURS.index(self.look.colour) + 1) % len(COLOURS)]))

        def shade() -> None:
            self.use(replace(self.look, shaded=not self.look.shaded))

        on = self._has_clouds
        for spec in (
            ActionSpec("clouds.larger", "Larger points", lambda: scaled(_STEP), "View", "", "Ctrl+]", on, group="clouds"),
            ActionSpec("clouds.smaller", "Smaller points", lambda: scaled(1.0 / _STEP), "View", "", "Ctrl+[", on, group="clouds"),
            ActionSpec("clouds.colour", "Colour points by the next", next_colour, "View", "", "Ctrl+Shift+P", on, group="clouds"),
            ActionSpec("clouds.shade", "Shade points", shade, "View", "", "", on, lambda: self.look.shaded, group="clouds"),
        ):
            self._w.actions_.add(spec)

    def _section(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        part_id = twin.nodes[node].part
        part = None if part_id is None else twin.parts.get(part_id)
        if part is None or part.cloud is None:
            return None
        return "Point cloud", CloudFacts(self, part.cloud)


class CloudFacts(QWidget):
    """What a scan holds, and the controls of how points look. Main thread."""

    def __init__(self, clouds: Clouds, cloud: PointCloud) -> None:
        super().__init__()
        self._clouds, self._filling = clouds, False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 84)
        grid.setColumnStretch(1, 1)
        grid.addWidget(facts_grid(cloud_facts(cloud)), 0, 0, 1, 2)
        self.drawn = _soft("")
        self.colours = QComboBox()
        self.colours.addItems(COLOUR_NAMES)
        self.scale = QSlider(Qt.Orientation.Horizontal)
        self.scale.setRange(round(_SIZES[0] * _TENTHS), round(_SIZES[1] * _TENTHS))
        self.scale.setToolTip("Size of the points, as a multiple of what just closes a surface")
        self.detail = QComboBox()
        self.detail.addItems([f"{name} ({count / 1e6:g} M)" for name, count in zip(_BUDGET_NAMES, BUDGETS, strict=True)])
        self.detail.setToolTip("The most points that a still picture draws")
        self.shaded = QCheckBox("Shade edges and hollows")
        rows = (("Drawn now", self.drawn), ("Colours", self.colours), ("Point size", self.scale), ("Detail", self.detail))
        for row, (name, widget) in enumerate(rows, 1):
            grid.addWidget(_soft(name), row, 0)
            grid.addWidget(widget, row, 1)
            widget.setAccessibleName(name)
        grid.addWidget(self.shaded, len(rows) + 1, 1)
        self.colours.currentIndexChanged.connect(lambda n: self._use(replace(clouds.look, colour=COLOURS[n])))
        self.scale.valueChanged.connect(lambda tenths: self._use(replace(clouds.look, size=tenths / _TENTHS)))
        self.detail.currentIndexChanged.connect(lambda n: self._use(replace(clouds.look, budget=BUDGETS[n])))
        self.shaded.toggled.connect(lambda on: self._use(replace(clouds.look, shaded=on)))
        clouds.changed.connect(self._fill)
        self._fill()

    def _use(self, look: CloudLook) -> None:
        if not self._filling:
            self._clouds.use(look)

    def _fill(self) -> None:
        look, (drawn, points) = self._clouds.look, self._clouds.drawn
        self._filling = True
        self.drawn.setText(drawn_text(drawn, points))
        self.colours.setCurrentIndex(COLOURS.index(look.colour))
        self.scale.setValue(round(look.size * _TENTHS))
        self.detail.setCurrentIndex(BUDGETS.index(look.budget))
        self.shaded.setChecked(look.shaded)
        self._filling = False


def cloud_facts(cloud: PointCloud) -> list[tuple[str, str]]:
    """Counts, what each point carries, and how dense they lie on the whole."""
    carried = ["colour"] * (cloud.rgb is not None) + ["intensity"] * (cloud.intensity is not None)
    low, high = cloud.bounds_m()
    facts = [("Points", f"{grouped(len(cloud.points))}"), ("Each with", " and ".join(carried) or "its place only")]
    facts.append(("Size", " × ".join(length_text(s) for s in (high - low).tolist())))
    return facts


def drawn_text(drawn: int, points: int) -> str:
    """«1.2 of 50 M points», of all clouds."""
    if points >= 1_000_000:
        return f"{drawn / 1e6:.1f} of {points / 1e6:.1f} M points"
    return f"{grouped(drawn)} of {grouped(points)} points"


def install(window: MainWindow) -> Clouds:
    """See viewer.ui.features."""
    return Clouds(window)


def remembered(window: MainWindow) -> CloudLook:
    """The look of the last run; what can't be is the usual one."""
    usual = CloudLook()
    colour = window.state.text("cloud_colour", usual.colour)
    numbers = window.state.numbers("cloud_look")
    size, budget, shaded = numbers if len(numbers) == 3 else (usual.size, float(usual.budget), float(usual.shaded))
    return CloudLook(
        colour if colour in COLOURS else usual.colour,
        min(max(size, _SIZES[0]), _SIZES[1]),
        int(budget) if int(budget) in BUDGETS else usual.budget,
        shaded != 0.0,
    )


def _soft(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "faint")
    return label
