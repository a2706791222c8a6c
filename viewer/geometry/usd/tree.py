"""The nodes and parts that a USD stage's prims become; instances share parts, prototypes are shown only where placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.gltf.poses import up_is_z
from viewer.geometry.naming import UniqueIds, clean
from viewer.geometry.usd.looks import Looks
from viewer.geometry.usd.sdk import sdk
from viewer.geometry.usd.surfaces import BODIES, Surfaces
from viewer.twin.parts import NO_MESH, NOTHING, Node, Part

Matrix = NDArray[np.float64]

MAX_NODES = 1_000_000
MAX_INSTANCERS = 8
"""How deep instancers may stand within the prototypes of others."""
MAX_DEPTH = 64
MAX_PROPERTIES = 200
_UNSHOWN = ("BasisCurves", "NurbsCurves", "HermiteCurves", "NurbsPatch", "TetMesh", "Volume")
_OF_SCHEMA = ("userDocBrief", "userDoc")
"""Custom data that every prim of a type has: what its schema says of it."""
_UNRENDERED = ("guide", "proxy")


class UsdTree:
    """Builds nodes and parts of one stage."""

    def __init__(self, stage: Any, metres: float, job: Job) -> None:
        usd, geom = sdk("Usd", "UsdGeom")
        self.nodes: list[Node] = []
        self.parts: list[Part] = []
        self.prims = 0
        self._stage, self._metres, self._job = stage, metres, job
        self._time = usd.TimeCode.EarliestTime()
        self._cache = geom.XformCache(self._time)
        self._looks = Looks(self._time)
        self._surfaces = Surfaces(metres, self._time, self._looks, job.warn)
        self._ids, self._part_ids = UniqueIds(), UniqueIds()
        self._part_of: dict[Any, PartId | None] = {}
        self._node_of: dict[Any, NodeId] = {}
        self._purpose: dict[Any, str] = {}
        self._left_out: Counter[str] = Counter()
        self._variants = 0
        self._y_up = False

    def build(self, *, y_up: bool) -> None:
        """All prims, parents first. Raises BrokenFile."""
        (usd,) = sdk("Usd")
        self._y_up = y_up
        prims = iter(usd.PrimRange.Stage(self._stage, usd.TraverseInstanceProxies(usd.PrimDefaultPredicate)))
        for prim in prims:
            self.prims += 1
            if self.prims % 500 == 0:
                self._job.progress(min(0.1 + self.prims / 100_000, 0.9), "reading prims")
            if self._skipped(prim):
                prims.PruneChildren()
                continue
            self._add(prim)
            if prim.GetTypeName() == "PointInstancer":
                self._instances(prim)
                prims.PruneChildren()

    def told(self) -> Iterable[str]:
        """What is in the stage and not shown as it is there."""
        for what, count in sorted(self._left_out.items()):
            yield f"{count} prims of {what} are not shown"
        if self._surfaces.subdivided:
            yield f"{self._surfaces.subdivided} subdivision surfaces are shown as their cage"
        if self._looks.textured:
            yield f"{len(self._looks.textured)} materials with textures are shown in one plain colour"
        if self._variants:
            yield f"{self._variants} prims have variants: the selected ones are shown"

    def _skipped(self, prim: Any) -> bool:
        """Whether the prim and all below it stay out: shaders, cameras of no place, what is too deep."""
        if prim.GetPath().pathElementCount > MAX_DEPTH:
            broken(f"its prims are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")
        return prim.GetTypeName() in ("Material", "Shader", "NodeGraph", "GeomSubset", "RenderSettings", "SkelAnimation")

    def _add(self, prim: Any) -> None:
        path = prim.GetPath()
        parent = self._node_of.get(path.GetParentPath(), ROOT)
        own = self._node_of[path] = self._ids.take(str(path).strip("/").replace("/", "."))
        part = self._part(prim) if self._is_rendered(prim) else None
        self._append(
            Node(
                own, prim.GetName(), parent, self._pose(prim, parent), part, None, self._kind(prim),
                _is_seen(prim, self._time), self._properties(prim),
            )
        )  # fmt: skip

    def _append(self, node: Node) -> None:
        if len(self.nodes) >= MAX_NODES:
            broken(f"it has more than the {MAX_NODES} nodes allowed; split the model")
        self.nodes.append(node)

    def _pose(self, prim: Any, parent: NodeId) -> Pose:
        (geom,) = sdk("UsdGeom")
        if not prim.IsA(geom.Xformable):
            local = np.eye(4)
        else:
            matrix, resets = self._cache.GetLocalTransformation(prim)
            if resets and parent != ROOT:
                above = self._matrix(self._cache.GetLocalToWorldTransform(prim.GetParent()))
                local = np.asarray(np.linalg.solve(above, self._matrix(matrix)), np.float64)
            else:
                local = self._matrix(matrix)
        return self._posed(local, parent)

    def _posed(self, local: Matrix, parent: NodeId) -> Pose:
        if not np.isfinite(local).all():
            broken("it has a prim whose place is no finite number; export it again")
        pose = IDENTITY if (local == np.eye(4)).all() else Pose.from_matrix(local)
        return up_is_z(pose) if parent == ROOT and self._y_up else pose

    def _matrix(self, matrix: Any) -> Matrix:
        """(4, 4) for columns, metres, from USD's rows."""
        result = np.array(matrix, dtype=np.float64).reshape(4, 4).T
        result[:3, 3] *= self._metres
        return result

    def _is_rendered(self, prim: Any) -> bool:
        """Whether its purpose is to be rendered; what is left out is counted."""
        (geom,) = sdk("UsdGeom")
        above = self._purpose.get(prim.GetPath().GetParentPath(), "default")
        attribute = geom.Imageable(prim).GetPurposeAttr() if prim.IsA(geom.Imageable) else None
        own = attribute.Get() if attribute and attribute.HasAuthoredValue() else above
        self._purpose[prim.GetPath()] = own
        if own in _UNRENDERED and self._has_surface(prim):
            self._left_out[f"the purpose {own}"] += 1
            return False
        if prim.GetTypeName() in _UNSHOWN:
            self._left_out[f"the type {prim.GetTypeName()}"] += 1
        return own not in _UNRENDERED

    def _has_surface(self, prim: Any) -> bool:
        return prim.GetTypeName() in ("Mesh", "Points") or prim.GetTypeName() in BODIES

    def _part(self, prim: Any) -> PartId | None:
        """The part of a gprim; instances of one prototype share it."""
        if not self._has_surface(prim):
            return None
        origin = prim.GetPrimInPrototype() if prim.IsInstanceProxy() else prim
        key = (origin.GetPath(), self._looks.bound(prim))
        if key not in self._part_of:
            self._part_of[key] = None
            part = self._made(prim)
            if part is not None:
                self.parts.append(part)
                self._part_of[key] = part.id
        return self._part_of[key]

    def _made(self, prim: Any) -> Part | None:
        """A surface or a cloud of points as a part; None where there is nothing of it to show."""
        wanted = str(prim.GetPath()).strip("/").replace("/", ".")
        if prim.GetTypeName() == "Points":
            cloud = self._surfaces.cloud(prim)
            return None if cloud is None else Part(PartId(self._part_ids.take(wanted)), prim.GetName(), NO_MESH, cloud=cloud)
        made = self._surfaces.surface(prim)
        if made is None:
            return None
        mesh, colour, opacity = made
        return Part(PartId(self._part_ids.take(wanted)), prim.GetName(), mesh, colour, opacity)

    def _kind(self, prim: Any) -> str:
        (usd,) = sdk("Usd")
        return str(usd.ModelAPI(prim).GetKind() or "")

    def _properties(self, prim: Any) -> Any:
        found: dict[str, str] = {}
        own = {key: value for key, value in (prim.GetCustomData() or {}).items() if key not in _OF_SCHEMA}
        _flatten("", own, found)
        _flatten("asset.", prim.GetAssetInfo() or {}, found)
        if prim.HasVariantSets():
            sets = prim.GetVariantSets()
            for name in sets.GetNames():
                found[f"variant.{clean(name)}"] = clean(sets.GetVariantSelection(name))
            self._variants += bool(sets.GetNames())
        return Map(dict(list(found.items())[:MAX_PROPERTIES])) if found else NOTHING

    def _instances(self, prim: Any) -> None:
        """The instances of a point instancer: a node for each, with one below for each further surface of its prototype."""
        parent = self._node_of[prim.GetPath()]
        for number, (matrix, leaves) in enumerate(self._placed(prim), 1):
            own = self._ids.take(f"{parent}.{number}")
            if len(leaves) == 1:
                part, name, inner = leaves[0]
                self._append(Node(own, f"{name} {number}", parent, self._posed(matrix @ inner, parent), part))
                continue
            self._append(Node(own, f"{prim.GetName()} {number}", parent, self._posed(matrix, parent)))
            for part, name, inner in leaves:
                self._append(Node(self._ids.take(f"{own}.{name}"), name, own, self._posed(inner, own), part))

    def _placed(self, prim: Any, above: tuple[Any, ...] = ()) -> Iterable[tuple[Matrix, list[tuple[PartId, str, Matrix]]]]:
        """The place of each instance, and what stands there. `above`: the instancers that this one is placed by."""
        (geom,) = sdk("UsdGeom")
        instancer = geom.PointInstancer(prim)
        targets = instancer.GetPrototypesRel().GetForwardedTargets()
        prototypes = [self._stage.GetPrimAtPath(one) for one in targets]
        which = np.array(instancer.GetProtoIndicesAttr().Get(self._time) or [], dtype=np.int64)
        if len(which) > MAX_NODES:
            broken(f"it has more than the {MAX_NODES} nodes allowed; split the model")
        if len(which) and (int(which.min()) < 0 or int(which.max()) >= len(prototypes)):
            broken(f"{prim.GetPath()} places prototype {int(which.max())} of {len(prototypes)}; export it again")
        made = instancer.ComputeInstanceTransformsAtTime(
            self._time, self._time, geom.PointInstancer.IncludeProtoXform, geom.PointInstancer.IgnoreMask
        )
        mask = instancer.ComputeMaskAtTime(self._time) or [True] * len(which)
        if len(made) != len(which):
            broken(f"{prim.GetPath()} has {len(which)} instances and {len(made)} places; export it again")
        leaves = {int(k): self._leaves(prototypes[k], (*above, prim.GetPath())) for k in np.unique(which)}
        for kind, matrix, seen in zip(which.tolist(), made, mask, strict=True):
            if seen:
                yield self._matrix(matrix), leaves[kind]

    def _leaves(self, prototype: Any, above: tuple[Any, ...]) -> list[tuple[PartId, str, Matrix]]:
        """The surfaces of a prototype, each with its place in the prototype's own frame. Raises BrokenFile."""
        (usd,) = sdk("Usd")
        if not prototype:
            return []
        found: list[tuple[PartId, str, Matrix]] = []
        base = self._matrix(self._cache.GetLocalToWorldTransform(prototype))
        prims = iter(usd.PrimRange(prototype, usd.TraverseInstanceProxies(usd.PrimDefaultPredicate)))
        for prim in prims:
            if not (self._is_rendered(prim) and _is_seen(prim, self._time)):
                continue
            place = np.asarray(np.linalg.solve(base, self._matrix(self._cache.GetLocalToWorldTransform(prim))), np.float64)
            if prim.GetTypeName() == "PointInstancer":
                found += self._nested(prim, place, above)
                prims.PruneChildren()
            elif (part := self._part(prim)) is not None:
                found.append((part, prim.GetName(), place))
            if len(found) > MAX_NODES:
                broken(f"its instancers place more than the {MAX_NODES} nodes allowed; split the model")
        return found

    def _nested(self, prim: Any, place: Matrix, above: tuple[Any, ...]) -> list[tuple[PartId, str, Matrix]]:
        """What an instancer within a prototype places, in the prototype's frame. Raises BrokenFile."""
        if prim.GetPath() in above or len(above) > MAX_INSTANCERS:
            broken(f"{prim.GetPath()} places itself, or instancers are nested over {MAX_INSTANCERS} deep; export it again")
        found: list[tuple[PartId, str, Matrix]] = []
        for matrix, leaves in self._placed(prim, above):
            found += [(part, name, place @ matrix @ inner) for part, name, inner in leaves]
            if len(found) > MAX_NODES:
                broken(f"its instancers place more than the {MAX_NODES} nodes allowed; split the model")
        return found


def _is_seen(prim: Any, time: Any) -> bool:
    """Whether its author shows it; what hangs below something hidden is hidden by the tree."""
    (geom,) = sdk("UsdGeom")
    if not prim.IsA(geom.Imageable):
        return True
    return geom.Imageable(prim).GetVisibilityAttr().Get(time) != "invisible"


def _flatten(prefix: str, values: Any, found: dict[str, str], depth: int = 4) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and depth:
            _flatten(f"{prefix}{key}.", value, found, depth - 1)
        elif isinstance(value, str | int | float | bool):
            found[clean(f"{prefix}{key}")] = clean(str(value))
