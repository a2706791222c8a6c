"""What a part's mesh comes to (points, area, volume, closed or open), worked out beside the main thread, once per mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.twin.kinematics import world_from_node
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh
from viewer.ui.background import BackgroundTask
from viewer.ui.properties_view import PropertiesView, nodes_with
from viewer.ui.services import ColourBy

if TYPE_CHECKING:
    from viewer.measure.bodies import Body
    from viewer.ui.main_window import MainWindow

_ROWS = ("Points", "Area", "Volume", "Closed", "Accuracy")
_KEPT = 500


class PartFacts(QObject):
    """Adds «Shape» and «Properties» to the inspector. Main thread."""

    known = Signal(object)
    """The mesh whose facts are there now."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._w = window
        self._bodies: dict[int, tuple[Mesh, Body | None]] = {}
        window.inspector.sections.extend((self._shape, self._properties))

    def body(self, mesh: Mesh) -> Body | None:
        """A mesh's facts; None while they are being worked out."""
        kept = self._bodies.get(id(mesh))
        if kept is not None and kept[0] is mesh:
            return kept[1]
        if len(self._bodies) >= _KEPT:
            self._bodies.clear()
        self._bodies[id(mesh)] = (mesh, None)

        def work(_job: Job) -> Body:
            from viewer.measure.bodies import body_of
            from viewer.measure.topology import Topology

            return body_of(Topology(mesh))

        task = BackgroundTask("Measure the part", work, self)
        task.finished.connect(lambda body: self._found(mesh, body))
        task.ended.connect(task.deleteLater)
        task.start()
        return None

    def _found(self, mesh: Mesh, body: Body) -> None:
        self._bodies[id(mesh)] = (mesh, body)
        self.known.emit(mesh)

    def _shape(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        part_id = twin.nodes[node].part
        part = None if part_id is None else twin.parts.get(part_id)
        if part is None or not len(part.mesh.triangles):
            return None
        return "Shape", ShapeFacts(self, part.mesh, twin, node)

    def _properties(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        view = PropertiesView(twin, node, self._w.look)
        if not view.count:
            return None
        w = self._w
        view.same_asked.connect(lambda key, value: self._select(nodes_with(w.twin, key, value), key, value))
        view.colour_asked.connect(lambda key: w.link.choose_colours(ColourBy("property", key)))
        view.search_asked.connect(self._search)
        return f"Properties · {view.count}", view

    def _select(self, nodes: list[NodeId], key: str, value: str) -> None:
        self._w.selection.select(nodes)
        self._w.notifications.say(f"{grouped(len(nodes))} selected with {key.rpartition('.')[2]} = {value}", "good")

    def _search(self, query: str) -> None:
        from viewer.ui.finding import Finding

        for feature in self._w.features:
            if isinstance(feature, Finding):
                feature.ask(query)


class ShapeFacts(QWidget):
    """Rows that are filled when the facts are there."""

    def __init__(self, facts: PartFacts, mesh: Mesh, twin: Twin, node: NodeId) -> None:
        super().__init__()
        self._facts, self._mesh = facts, mesh
        self._scale = float(np.linalg.norm(world_from_node(twin, node)[:3, 0]))
        self._values = {name: QLabel("…") for name in _ROWS}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(0, 84)
        grid.setColumnStretch(1, 1)
        for row, (name, label) in enumerate(self._values.items()):
            left = QLabel(name)
            left.setProperty("role", "faint")
            grid.addWidget(left, row, 0)
            grid.addWidget(label, row, 1)
        body = facts.body(mesh)
        if body is not None:
            self.show_body(body)
        facts.known.connect(self._show_known)

    def _show_known(self, mesh: Mesh) -> None:
        body = self._facts.body(mesh) if mesh is self._mesh else None
        if body is not None:
            self.show_body(body)

    def show_body(self, body: Body) -> None:
        """Write them, in the size at which the node stands."""
        from viewer.measure.readings import Quantity
        from viewer.measure.written import quantity_text

        area, s = Quantity("", body.area_m2 * self._scale**2, "area"), self._scale
        volume = None if body.volume_m3 is None else Quantity("", body.volume_m3 * s**3, "volume")
        closed = "yes, inside out" if body.is_inside_out else "yes" if body.is_closed else "no: an open surface"
        doubt = Quantity("", body.deflection_m * s)
        texts = {
            "Points": grouped(body.points),
            "Area": quantity_text(area),
            "Volume": "– (not closed)" if volume is None else quantity_text(volume),
            "Closed": closed,
            "Accuracy": f"triangles within {quantity_text(doubt)}" if body.deflection_m > 0.0 else "flat faces only: exact",
        }
        for name, text in texts.items():
            self._values[name].setText(text)


def install(window: MainWindow) -> PartFacts:
    """See `viewer.ui.features`."""
    return PartFacts(window)
