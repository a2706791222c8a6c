"""Reads glTF 2.0 (.glb and .gltf): the tree of nodes as it is named, one part per mesh, the world turned from y up to z up.

Read by our own code (docs/decisions/geometry.md): it keeps every node and its name, passes numbers straight from the file's
bytes to numpy, and each count, offset and link is checked before it is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from immutables import Map

from viewer.base.ids import ROOT, NodeId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.gltf.accessors import Accessors
from viewer.geometry.gltf.container import MAGIC, open_gltf
from viewer.geometry.gltf.document import Document
from viewer.geometry.gltf.looks import Looks
from viewer.geometry.gltf.meshes import Meshes, MeshParts
from viewer.geometry.gltf.poses import instance_poses, local_pose, up_is_z
from viewer.geometry.gltf.tree import Place, walk
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import NamesOfFile, clean
from viewer.twin.parts import NOTHING, Node

INSTANCING = "EXT_mesh_gpu_instancing"


@dataclass(frozen=True, slots=True)
class GltfReader:
    """glTF 2.0, binary or JSON."""

    format: ClassVar[str] = "glb"
    title: ClassVar[str] = "GLB or glTF"
    suffixes: ClassVar[tuple[str, ...]] = (".glb", ".gltf")
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the magic of GLB, or JSON that speaks of an asset (or calls itself .gltf)."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return head[:4] == MAGIC or (start[:1] == b"{" and (suffix == ".gltf" or b'"asset"' in head or b'"accessors"' in head))

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. glTF's unit is the metre (3.4); `unit` overrides it for files that don't keep to it."""
        document, buffers, kind = open_gltf(path)
        job.progress(0.1, "reading meshes")
        scale = 1.0 if unit is None else metres_in(unit)
        looks = Looks(document, buffers, job.warn)
        meshes = Meshes(document, Accessors(document, buffers), looks, scale, job.warn)
        tree = _Tree(document, meshes, Accessors(document, buffers), scale)
        nodes = tree.build(job)
        for sentence in _left_out(document, meshes, looks):
            job.warn(sentence)
        facts = {"meshes": len(document.meshes), "surfaces": tree.surfaces, "surface_instances": tree.surface_instances}
        return GeometryModel(kind, unit or "m", meshes.parts(), tuple(nodes), points=meshes.points, facts=Map(facts))


class _Tree:
    """Turns the document's nodes into ours."""

    def __init__(self, document: Document, meshes: Meshes, accessors: Accessors, scale: float) -> None:
        self._document = document
        self._meshes = meshes
        self._accessors = accessors
        self._scale = scale
        self._names: NamesOfFile
        self._shown: dict[int, MeshParts] = {}
        self.surface_instances = 0

    @property
    def surfaces(self) -> int:
        """Primitives with triangles of all meshes shown, and one for the points of each."""
        return sum(mesh.primitives for mesh in self._shown.values())

    def build(self, job: Job) -> list[Node]:
        """All nodes of the scene, parents first."""
        places = walk(self._document)
        named = [self._name(place.index) for place in places]
        self._names = NamesOfFile(named)
        ids: dict[int, NodeId] = {}
        nodes: list[Node] = []
        for done, (place, name) in enumerate(zip(places, named, strict=True)):
            if done % 500 == 0:
                job.progress(0.1 + 0.8 * done / len(places), "reading meshes")
            nodes += self._nodes(place, name, ids)
        return nodes

    def _name(self, index: int) -> str:
        node = self._document.nodes[index]
        mesh = node.mesh
        of_mesh = self._document.meshes[mesh].name if mesh is not None and mesh < len(self._document.meshes) else ""
        return clean(node.name) or clean(of_mesh) or f"node{index}"

    def _nodes(self, place: Place, name: str, ids: dict[int, NodeId]) -> list[Node]:
        table = self._document.nodes[place.index]
        parent = ROOT if place.parent is None else ids[place.parent]
        own = ids[place.index] = self._names.take(name, parent)
        pose = local_pose(table, f"node {name!r}", self._scale)
        pose = up_is_z(pose) if place.parent is None else pose
        kind, properties = _extras(table.extras)
        mesh = None if table.mesh is None else self._mesh(table.mesh)
        spread = table.extensions.get(INSTANCING)
        if mesh is None or not mesh.parts or spread is not None:
            node = Node(own, name, parent, pose, kind=kind, properties=properties)
            return [node] if mesh is None or spread is None else [node, *self._instances(own, name, spread, mesh)]
        return self._showing(Node(own, name, parent, pose, kind=kind, properties=properties), mesh)

    def _mesh(self, index: int) -> MeshParts:
        self._shown[index] = self._meshes[index]
        return self._shown[index]

    def _showing(self, node: Node, mesh: MeshParts) -> list[Node]:
        """The node with its mesh's first part, and a child for each further part."""
        self.surface_instances += mesh.primitives
        first = Node(
            node.id,
            node.name,
            node.parent,
            node.parent_from_node,
            mesh.parts[0][0].id,
            kind=node.kind,
            properties=node.properties,
        )
        rest = [
            Node(
                self._names.below(node.id, clean(material) or "see-through"),
                clean(material) or "see-through",
                node.id,
                part=part.id,
            )
            for part, material in mesh.parts[1:]
        ]
        return [first, *rest]

    def _instances(self, parent: NodeId, name: str, spread: Any, mesh: MeshParts) -> list[Node]:
        result: list[Node] = []
        for number, pose in enumerate(instance_poses(spread, self._accessors, f"node {name!r}", self._scale), 1):
            node = Node(self._names.below(parent, str(number)), f"{name} {number}", parent, pose)
            result += self._showing(node, mesh) if mesh.parts else [node]
        return result


def _extras(extras: Any) -> tuple[str, Any]:
    """Kind and properties of a node, where its author wrote them; other extras that are plain become properties too."""
    if not isinstance(extras, dict):
        return "", NOTHING
    kind = extras.get("kind")
    properties = extras.get("properties")
    plain = properties if isinstance(properties, dict) else {k: v for k, v in extras.items() if k not in ("kind", "properties")}
    kept = {clean(str(k)): clean(str(v)) for k, v in plain.items() if isinstance(v, str | int | float | bool)}
    return (clean(kind) if isinstance(kind, str) else ""), (Map(kept) if kept else NOTHING)


def _left_out(document: Document, meshes: Meshes, looks: Looks) -> list[str]:
    """What the file has and this reader does not show."""
    told: list[str] = []
    if document.animations:
        told.append(f"{len(document.animations)} animations are not played")
    if any(node.skin is not None for node in document.nodes):
        told.append("skins are not bent: skinned meshes stand in their rest pose")
    if meshes.lines:
        told.append(f"{meshes.lines} primitives of lines are not shown")
    if looks.textured:
        told.append(f"{looks.textured} textures are shown as their mean colour")
    if len(document.scenes) > 1:
        told.append(f"the file has {len(document.scenes)} scenes and only its default one is shown")
    if any(p.targets for mesh in document.meshes for p in mesh.primitives):
        told.append("morph targets are not applied")
    if not document.nodes:
        broken("it has no nodes, so there is nothing to show; export it again with a scene")
    return told
