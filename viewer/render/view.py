"""The scene view: a twin, its overlay, selection and camera become one picture in a render window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.render.camera import Camera, clipping_range
from viewer.render.explode import ExplodePlan
from viewer.render.faces import MarkedFaces
from viewer.render.facts import SceneFacts
from viewer.render.fields import FieldLayer
from viewer.render.grid import FloorGrid
from viewer.render.layers import SceneLayer
from viewer.render.look import DARK, Theme
from viewer.render.overlay import AppliedOverlay
from viewer.render.picking import Hit, Picker
from viewer.render.preparing import MeshLibrary
from viewer.render.rules import DrawRules
from viewer.render.scene import DrawnScene
from viewer.render.section import Cut, CutSlots
from viewer.render.section_lines import SectionLines
from viewer.render.section_picking import first_kept
from viewer.render.shaders import ALERTED, HOVERED, SELECTED
from viewer.render.slices import SliceSize, slice_size
from viewer.render.slots import FIELD, ISOLATED, USER, Slots
from viewer.render.stage import Stage
from viewer.render.surroundings import Surroundings
from viewer.render.turns import PictureInTurns
from viewer.twin.cloud_look import CloudLook
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan, VertexField
from viewer.twin.view_state import Explode, Section, ViewState

if TYPE_CHECKING:
    from viewer.render.clouds import CloudLayer
    from viewer.render.ghosts import Ghost, GhostLayer

_SMALLEST_PX, _DRAFT_PX = 0.6, 0.4
"""Half diagonal in pixels below which a part is left out, and how much more is left out of drafts."""
_BESIDE_PX, _BEFORE_M = 9.0, 0.25
"""How far beside a label's point rays are cast too, and how far before it something must stand to cover it."""
_LINES_BUDGET_S = 0.012
X_RAY_OPACITY = 0.18
_EMPTY_BOUNDS = np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]])


class SceneView:
    """Draws one twin into a VTK render window that it is given. Main thread only; drawing itself is the window's `Render`."""

    def __init__(self, render_window: Any, *, theme: Theme = DARK, rules: DrawRules | None = None) -> None:
        self._facts = SceneFacts()
        self._stage = Stage(render_window)
        self._rules, self._library = rules or DrawRules(), MeshLibrary()
        self._scene = DrawnScene(Twin(), self._facts, self._stage, self._rules, self._library)
        self._picker = Picker(self._library.tables)
        self._grid = FloorGrid(self._stage)
        self._plan = OverlayPlan()
        self._fields = FieldLayer(Twin(), self._facts, self._stage, self.world_from_node, self._shows)
        self._marked = MarkedFaces(self._stage, self._facts, self.world_from_node, self._shows)
        self._layers: list[SceneLayer] = [self._fields, self._marked]
        self._ghosts: GhostLayer | None = None
        self._overlay = AppliedOverlay(self._plan, self._scene)
        self._frame: OverlayFrame | None = None
        self._selected: tuple[NodeId, ...] = ()
        self._hidden: frozenset[NodeId] = frozenset()
        self._isolated: tuple[NodeId, ...] | None = None
        self._xray: tuple[NodeId, ...] = ()
        self._hovered: NodeId | None = None
        self._alerted: tuple[NodeId, ...] = ()
        self._focus: tuple[NodeId, ...] = ()
        self._opacity = X_RAY_OPACITY
        self._explode, self._explode_about = Explode(), ()
        self._explode_plan: ExplodePlan | None = None
        self._cut = CutSlots()
        self._cut_lines = SectionLines(self._facts, self._stage)
        self.lines_budget_s = _LINES_BUDGET_S
        """What a frame may spend on the section's lines; the rest waits for the next."""
        self.smallest_px = _SMALLEST_PX
        """Parts whose box's half diagonal takes fewer pixels are left out."""
        self.clouds: CloudLayer | None = None
        """What draws point clouds; None where there is none."""
        self._cloud_look = CloudLook()
        self._camera = Camera()
        self._size_px = (1, 1)
        self._pixel_ratio = 1.0
        self.set_theme(theme)

    # -- what is shown

    @property
    def twin(self) -> Twin:
        """The twin that is drawn."""
        return self._scene.twin

    def set_twin(self, twin: Twin) -> None:
        """Draw another twin: everything is built anew; selection and what was hidden stay where their nodes still are."""
        self._scene.close()
        self._picker.forget()
        self._scene = DrawnScene(twin, self._facts, self._stage, self._rules, self._library)
        self._layer_clouds(twin)
        for layer in self._layers:
            layer.set_twin(twin)
        self._keep_known()
        self._restore()

    def apply(self, twin: Twin, delta: Delta) -> None:
        """Go on to the twin that this delta leads to; costs what changed, not what is there."""
        if delta.scene_replaced:
            self.set_twin(twin)
            return
        rebuilt = self._scene.apply(twin, delta)
        if delta.added:
            self._layer_clouds(twin)
        for layer in self._layers:
            layer.apply(twin, delta)
        if delta.removed:
            self._keep_known()
        if rebuilt or delta.added or delta.removed:
            self._restore()
        elif delta.moved or delta.restyled:
            self._overlay.show(self._frame)
            self._grid.fit(self._scene)

    def _layer_clouds(self, twin: Twin) -> None:
        """Have a layer for point clouds from the first twin on that has any."""
        if self.clouds is None and any(part.cloud is not None for part in twin.parts.values()):
            from viewer.render.clouds import CloudLayer

            self.clouds = CloudLayer(self._stage, lambda: (self._scene.table, self._scene.textures), self.keeps)
            self.clouds.set_look(self._cloud_look)
            self.clouds.set_twin(twin)
            self._layers.append(self.clouds)

    def show_ghosts(self, ghosts: Sequence[Ghost], *, opacity: float = 0.4) -> None:
        """Draw parts of another revision over the scene; none takes them away."""
        if self._ghosts is None:
            if not ghosts:
                return
            from viewer.render.ghosts import GhostLayer

            self._ghosts = GhostLayer(self._stage)
            self._layers.append(self._ghosts)
        self._ghosts.show(ghosts, opacity=opacity)

    def set_cloud_look(self, look: CloudLook) -> None:
        """Colours, size and number of the points of clouds."""
        self._cloud_look = look
        if self.clouds is not None:
            self.clouds.set_look(look)

    @property
    def clouds_unfinished(self) -> bool:
        """Whether another frame at rest would show more points."""
        return self.clouds is not None and self.clouds.unfinished

    def complete_clouds(self) -> None:
        """Have all points on the card that the present picture is worth: for stills."""
        if self.clouds is not None:
            self.clouds.complete(self._camera, self._size_px, origin_m=self._scene.table.origin)

    def frame_took(self, seconds: float, *, draft: bool) -> None:
        """What the last frame cost, the whole of it: what is drawn in motion follows that."""
        self._scene.drawing.frame_s = seconds
        if self.clouds is not None:
            self.clouds.frame_took(seconds, draft=draft)

    def set_overlay(self, plan: OverlayPlan) -> None:
        """What the coming frames speak of; parts that the former plan coloured, moved or hid go back to their own."""
        self._overlay.clear()
        self._plan, self._frame = plan, None
        self._overlay = AppliedOverlay(plan, self._scene)

    def update_overlay(self, frame: OverlayFrame) -> None:
        """Show one frame of the plan: a few array writes, whatever the number of parts."""
        self._frame = frame
        self._overlay.show(frame)

    def select(self, ids: Iterable[NodeId]) -> None:
        """Mark nodes and what hangs below them as selected; unknown ids are passed over."""
        self._selected = tuple(node for node in ids if node in self.twin.nodes)
        slots = self._scene.slots_below(self._selected)
        self._scene.table.mark_only(slots, SELECTED)
        self._scene.outline(slots)

    def hover(self, node: NodeId | None) -> None:
        """Mark the node under the cursor, or none."""
        self._hovered = node if node in self.twin.nodes else None
        self._scene.table.mark_only(self._scene.slots_below([] if self._hovered is None else [self._hovered]), HOVERED)

    def alert(self, ids: Iterable[NodeId]) -> None:
        """Mark exactly these nodes and what hangs below them as wrong: alarm colour and stripes; unknown ids are passed over."""
        self._alerted = tuple(node for node in ids if node in self.twin.nodes)
        self._scene.table.mark_only(self._scene.slots_below(self._alerted), ALERTED)

    def mark_faces(self, node: NodeId | None, faces: Iterable[int] = ()) -> None:
        """Show exactly these CAD faces of a node's part (numbers as in `Mesh.face_of_triangle`) in the accent colour."""
        self._marked.mark(node, faces)

    def set_hidden(self, ids: Iterable[NodeId]) -> None:
        """Hide exactly these nodes and what hangs below them, in this view only."""
        self._hidden = frozenset(ids)
        self._scene.table.hide_only(self._scene.slots_below(sorted(self._hidden)), USER)
        self._tell_layers()

    def isolate(self, ids: Iterable[NodeId] | None) -> None:
        """Show only these nodes and what hangs below them; None shows all again."""
        self._isolated = None if ids is None else tuple(ids)
        table = self._scene.table
        self._tell_layers()
        if self._isolated is None:
            table.hide_only(np.zeros(0, dtype=np.int64), ISOLATED)
            return
        others = np.ones(len(table.node_of), dtype=np.bool_)
        others[self._scene.slots_below(self._isolated)] = False
        table.hide_only(np.flatnonzero(others), ISOLATED)

    def _tell_layers(self) -> None:
        shown = None if self._isolated is None else frozenset(self._isolated)
        for layer in self._layers:
            layer.show_only(shown, self._hidden)

    def set_xray(self, ids: Iterable[NodeId], opacity: float | None = None) -> None:
        """Draw exactly these nodes and what hangs below them see-through; `opacity` also counts for the focus."""
        self._xray = tuple(ids)
        self._opacity = self._opacity if opacity is None else opacity
        self._fade()

    def set_focus(self, ids: Iterable[NodeId], opacity: float | None = None) -> None:
        """Draw everything but these nodes see-through; none: nothing is, but for what x-ray says."""
        self._focus = tuple(ids)
        self._opacity = self._opacity if opacity is None else opacity
        self._fade()

    def _fade(self) -> None:
        table = self._scene.table
        opacity = np.ones(len(table.node_of))
        if self._focus:
            opacity[:] = self._opacity
            opacity[self._scene.slots_below(self._focus)] = 1.0
        opacity[self._scene.slots_below(self._xray)] = self._opacity
        table.fade(np.arange(len(opacity)), opacity)

    def set_explode(self, explode: Explode, about: Iterable[NodeId] = ()) -> None:
        """Draw parts apart: those at and below `about`, or all. Costs an array write while only the share changes."""
        about = tuple(about)
        if about != self._explode_about:
            self._explode_plan = None
        self._explode, self._explode_about = explode, about
        if self._explode_plan is None:
            self._explode_plan = ExplodePlan(self.twin, self._scene.table, about)
        self._scene.table.shift(self._explode_plan.slots, self._explode_plan.shifts_m(explode))

    def show_state(self, state: ViewState) -> None:
        """Cut, explode, hide and thin as a saved view says; nodes that are gone are passed over."""
        self.set_section(state.section)
        self.set_explode(state.explode)
        self.set_hidden(node for node in state.hidden if node in self.twin.nodes)
        self.isolate([node for node in state.isolated if node in self.twin.nodes] or None)
        self.set_xray((node for node in state.x_rayed if node in self.twin.nodes), state.x_ray_opacity)
        self.set_focus((node for node in state.focus if node in self.twin.nodes), state.x_ray_opacity)

    @property
    def explode_levels(self) -> int:
        """How many levels of the tree can move by themselves."""
        return 0 if self._explode_plan is None else self._explode_plan.levels

    def set_fields(self, fields: Iterable[VertexField]) -> None:
        """Lay exactly these fields over their nodes' parts, all values missing; a node without a surface is passed over."""
        self._fields.show(fields)
        self._scene.table.hide_only(self._field_slots(), FIELD)

    def update_field(self, node: NodeId, values: NDArray[np.floating]) -> None:
        """Other values of a field, one per vertex of the node's part. Raises KeyError, ValueError."""
        self._fields.write(node, values)

    def _field_slots(self) -> Slots:
        slots = self._scene.table.slots(self._fields.nodes)
        return slots[slots >= 0]

    def _shows(self, node: NodeId) -> bool:
        """Whether a node's part is shown, but for the field in its place."""
        slot = self._scene.table.slot_of.get(node)
        return slot is not None and (int(self._scene.table.hidden_by[slot]) & ~FIELD) == 0

    def set_section(self, section: Section) -> None:
        """Cut away what this section leaves out; an empty one shows all again."""
        if self._cut.set(section):
            self._cut.follow(self._scene.table)

    @property
    def section(self) -> Section:
        """What is cut away."""
        return self._cut.cut.section

    def slice_size(self, ids: Iterable[NodeId]) -> SliceSize | None:
        """Area and outline of the cut through these nodes as they stand now; None where the section does not cut them."""
        table, cut = self._scene.table, self._cut.cut
        self._cut.follow(table)
        area_m2 = length_m = 0.0
        for slot in self._scene.slots_below(ids).tolist():
            if not table.crossed()[slot] or table.hidden_by[slot]:
                continue
            mesh, pose = self._scene.mesh_of_slot[slot], table.world_from_node[slot]
            points = mesh.points_in_part @ pose[:3, :3].T + pose[:3, 3]
            size = slice_size(points, np.asarray(mesh.triangles), cut, solid=bool(table.solid()[slot]))
            area_m2, length_m = area_m2 + size.area_m2, length_m + size.length_m
        return SliceSize(area_m2, length_m) if length_m + area_m2 > 0.0 else None

    def surroundings(self) -> Surroundings:
        """What a person in the scene may bump into: what is shown, as it stands when asked."""
        return Surroundings(lambda: (self._scene.table, self._scene.mesh_of_slot))

    @property
    def poses_version(self) -> int:
        """Another number whenever a part moved."""
        return self._scene.table.poses_version

    @property
    def lines_pending(self) -> bool:
        """Whether lines of the section are still to come: another frame brings more."""
        return self._cut_lines.pending

    @property
    def cut(self) -> Cut:
        """The section as arrays."""
        return self._cut.cut

    def keeps(self, points_in_world: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) which points the section leaves."""
        return self._cut.cut.keeps(points_in_world)

    def set_preview_poses(self, ids: Iterable[NodeId], world_from_node: NDArray[np.float64]) -> None:
        """Show nodes, with all below them, at other world poses (k, 4, 4) until the next frame or delta; for dragging."""
        for node, pose in zip(ids, world_from_node, strict=True):
            if node not in self.twin.nodes:
                continue
            below = list(self.twin.descendants(node))
            slots = self._scene.table.slots(below)
            slots = slots[slots >= 0]
            shift = pose @ np.linalg.inv(self._scene.world.world_from_node(node))
            rest = np.array([self._scene.world.world_from_node(self._scene.table.node_of[s]) for s in slots]).reshape(-1, 4, 4)
            self._scene.table.place(slots, shift @ rest)

    def set_theme(self, theme: Theme) -> None:
        """Background, light and accent."""
        self.theme = theme
        self._facts.set_theme(theme)
        self._marked.set_theme(theme)
        self._stage.set_theme(theme)
        self._grid.set_theme(theme)
        self._cut_lines.set_theme(theme)
        self._scene.set_default_colour(theme.part)

    # -- the camera

    @property
    def camera(self) -> Camera:
        """The viewpoint."""
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self._camera = camera

    def set_size(self, size_px: tuple[int, int], pixel_ratio: float = 1.0) -> None:
        """Size of the picture in device pixels, and how many of them make one pixel of the window system."""
        self._size_px = (max(size_px[0], 1), max(size_px[1], 1))
        self._pixel_ratio = pixel_ratio

    @property
    def size_px(self) -> tuple[int, int]:
        """Size of the picture in device pixels."""
        return self._size_px

    def prepare(self, *, scale: float = 1.0, moving: bool = False) -> None:
        """Bring everything up to date before the window renders; call it once per frame.

        `scale` under 1 where the window is that much smaller than the size set, to be stretched: a draft in motion. `moving`:
        coarser levels will do, at full size.
        """
        camera, table = self._camera, self._scene.table
        self._scene.hide_roofs(camera)
        self._cut.follow(table)
        self._cut_lines.follow(table, self._scene.mesh_of_slot, self._cut.cut, self.lines_budget_s)
        self._stage.tidy()
        shown = table.shown()
        near, far = clipping_range(camera, table.box_centre[shown], table.box_half[shown], size_px=self._size_px)
        reach_m = far
        if self._ghosts is not None:
            far = max(far, self._ghosts.reach_m(camera))
        if self._grid.shown:
            near, far = near if camera.parallel else near * 0.3, max(far, self._grid.reach_m(camera))
        origin = table.origin
        self._stage.set_camera(camera, origin, near, far)
        smallest_px = self.smallest_px + (0.0 if scale >= 1.0 else _DRAFT_PX)
        self._facts.set_camera(
            pixels_per_m=camera.pixels_per_m(self._size_px[1]) * scale,
            up_in_view=camera.view_from_world()[:3, 2],
            eye=camera.eye_m - origin,
            forward=camera.forward,
            size_px=self._size_px,
            pixel_ratio=self._pixel_ratio * scale,
            smallest_px=smallest_px,
        )
        self._facts.set_cut(self._cut.cut, origin, reach_m)
        self._facts.tell()
        self._grid.follow(camera, origin)
        drawn_px = (max(round(self._size_px[0] * scale), 1), max(round(self._size_px[1] * scale), 1))
        draft = moving or scale < 1.0
        self._scene.prepare(camera, drawn_px, smallest_px=smallest_px, edges=not draft, draft=draft, scale=scale)
        for layer in self._layers:
            layer.prepare(camera, drawn_px, origin_m=origin, draft=scale < 1.0)

    def in_turns(self, triangles: int) -> PictureInTurns:
        """What was prepared last, to be drawn in goes of about so many triangles, others getting a turn in between."""
        return PictureInTurns(self._stage.renderer, self._scene.drawing.triangles(), triangles)

    @property
    def unfinished(self) -> bool:
        """Whether another frame would show more: meshes, levels or points that are still being prepared."""
        return self._scene.drawing.unfinished or self.clouds_unfinished

    @property
    def filling(self) -> bool:
        """Whether parts are still missing from the picture because they are being made ready."""
        return self._scene.drawing.filling

    def complete(self, *, levels: bool = False) -> None:
        """Have all parts ready now, in this thread where need be; with `levels` their coarser forms too."""
        self._scene.drawing.complete(levels=levels)

    def pick(self, x_px: float, y_px: float) -> Hit | None:
        """The nearest shown part under a device pixel (origin at the upper left), as it stands now."""
        origin, direction = self._camera.ray((x_px, y_px), self._size_px)
        self._cut.follow(self._scene.table)
        first = first_kept(self._picker, self._cut.cut, self._scene.table, self._scene.mesh_of_slot, origin, direction)
        found = [first, *(one.pick(origin, direction, self._camera.pixels_per_m(self._size_px[1])) for one in self._layers)]
        return min((hit for hit in found if hit is not None), key=lambda hit: hit.distance_m, default=None)

    def covered(self, points_in_world: NDArray[np.float64], owners: Iterable[NodeId]) -> NDArray[np.bool_]:
        """(n,) which points are behind something that belongs neither to their owner nor to what hangs below it.

        Thin things (a fence's wire, a post) cover nothing: rays a little beside the point have to be stopped as well.
        """
        camera, result = self._camera, np.zeros(len(points_in_world), dtype=np.bool_)
        pixels = camera.to_pixels(points_in_world, self._size_px)
        for row, (point, (x, y, depth), owner) in enumerate(zip(points_in_world, pixels, owners, strict=True)):
            if depth <= 0.0 or not (0.0 <= x <= self._size_px[0] and 0.0 <= y <= self._size_px[1]):
                continue
            beside = ((0.0, 0.0), (-_BESIDE_PX, 0.0), (_BESIDE_PX, 0.0), (0.0, -_BESIDE_PX))
            reach = float(np.linalg.norm(point - camera.eye_m)) if not camera.parallel else depth
            result[row] = all(self._stopped((x + dx, y + dy), reach, owner) for dx, dy in beside)
        return result

    def _stopped(self, at_px: tuple[float, float], reach_m: float, owner: NodeId) -> bool:
        hit = self.pick(*at_px)
        if hit is None or hit.distance_m > reach_m - max(_BEFORE_M, 0.01 * reach_m):
            return False
        return hit.node != owner and owner not in self.twin.ancestors(hit.node)

    def world_to_display(self, points_in_world: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3): device pixel x, y from the upper left, and depth in metres along the line of sight (negative: behind)."""
        return self._camera.to_pixels(points_in_world, self._size_px)

    def fitted(self, ids: Iterable[NodeId] | None = None) -> Camera:
        """The viewpoint that shows these nodes (or all that is shown) from the present direction."""
        return self._camera.fitted(self.bounds(ids), self._size_px[0] / self._size_px[1])

    # -- what is known about the scene

    def bounds(self, ids: Iterable[NodeId] | None = None) -> NDArray[np.float64]:
        """(2, 3) world box of these nodes as they stand now (or of all that is shown); a 2 m box where there is nothing."""
        table = self._scene.table
        ids = None if ids is None else tuple(ids)
        slots: Slots = self._scene.all_but_roofs() if ids is None else self._scene.slots_below(ids)
        wanted = None if ids is None else frozenset(ids)
        boxes = [table.bounds(slots), *(layer.bounds(wanted) for layer in self._layers)]
        found = [box for box in boxes if box is not None]
        if not found:
            return _EMPTY_BOUNDS.copy()
        return np.stack([np.min([box[0] for box in found], axis=0), np.max([box[1] for box in found], axis=0)])

    def world_from_node(self, node: NodeId) -> NDArray[np.float64]:
        """(4, 4) where a node stands now, overlay and preview included for nodes with a part, exploding not. Raises KeyError."""
        slot = self._scene.table.slot_of.get(node)
        if slot is None:
            return np.array(self._scene.world.world_from_node(node)) if node != ROOT else np.eye(4)
        return self._scene.table.standing(slot)

    @property
    def plan(self) -> OverlayPlan:
        """The present overlay plan."""
        return self._plan

    @property
    def frame(self) -> OverlayFrame | None:
        """The overlay frame shown last."""
        return self._frame

    def statistics(self) -> dict[str, int]:
        """Parts, triangles, chunks, actors and shown parts, as they are now."""
        return {**self._scene.statistics(), "actors": self._stage.actors()}

    def close(self) -> None:
        """Take everything out of the window again."""
        for layer in self._layers:
            layer.close()
        self._cut_lines.close()
        self._scene.close()
        self._grid.close()
        self._stage.close()

    def _keep_known(self) -> None:
        nodes = self.twin.nodes
        self._hidden = frozenset(node for node in self._hidden if node in nodes)
        self._selected = tuple(node for node in self._selected if node in nodes)
        self._xray = tuple(node for node in self._xray if node in nodes)
        self._focus = tuple(node for node in self._focus if node in nodes)

    def _restore(self) -> None:
        """Put selection, hiding and overlay on the slots as they are numbered now."""
        self._scene.set_default_colour(self.theme.part)
        self._overlay = AppliedOverlay(self._plan, self._scene)
        self._overlay.show(self._frame)
        self.set_hidden(self._hidden)
        self.isolate(self._isolated)
        self._fade()
        self._explode_plan = None
        if self._explode.share > 0.0:
            self.set_explode(self._explode, self._explode_about)
        self.select(self._selected)
        self.hover(self._hovered)
        self.alert(self._alerted)
        self._scene.table.hide_only(self._field_slots(), FIELD)
        self._grid.fit(self._scene)


def with_parallel(camera: Camera, *, parallel: bool) -> Camera:
    """The same viewpoint in perspective or parallel."""
    return replace(camera, parallel=parallel)
