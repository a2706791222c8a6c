"""The JSON of glTF 2.0 that this reader needs, as typed tables (Khronos glTF 2.0 specification, chapter 5)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Index = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**48)]


class Table(msgspec.Struct, rename="camel", frozen=True):
    """Any object of the document; keys not named here are passed over."""


class Asset(Table, frozen=True):
    """Which version of the format the file is written in."""

    version: str
    min_version: str | None = None


class Buffer(Table, frozen=True):
    """Bytes: the binary chunk, a data: URI, or a file beside this one."""

    byte_length: Size
    uri: str | None = None


class BufferView(Table, frozen=True):
    """A stretch of a buffer."""

    buffer: Index
    byte_length: Size
    byte_offset: Size = 0
    byte_stride: Size | None = None


class SparseIndices(Table, frozen=True):
    """Which elements of a sparse accessor differ."""

    buffer_view: Index
    component_type: int
    byte_offset: Size = 0


class SparseValues(Table, frozen=True):
    """What they are instead."""

    buffer_view: Index
    byte_offset: Size = 0


class Sparse(Table, frozen=True):
    """Elements that differ from the accessor's base."""

    count: Size
    indices: SparseIndices
    values: SparseValues


class Accessor(Table, frozen=True):
    """Typed elements in a buffer view; without one, zeros."""

    component_type: int
    count: Size
    type: str
    buffer_view: Index | None = None
    byte_offset: Size = 0
    normalized: bool = False
    sparse: Sparse | None = None


class TextureRef(Table, frozen=True):
    """A texture used by a material."""

    index: Index


class MetallicRoughness(Table, frozen=True):
    """The material's base colour, linear RGBA."""

    base_color_factor: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_color_texture: TextureRef | None = None


class Material(Table, frozen=True):
    """How a primitive looks."""

    name: str = ""
    pbr_metallic_roughness: MetallicRoughness | None = None
    alpha_mode: str = "OPAQUE"
    extensions: dict[str, Any] = {}


class Texture(Table, frozen=True):
    """An image and how it is sampled."""

    source: Index | None = None


class Image(Table, frozen=True):
    """A picture, in a buffer view or at a URI."""

    uri: str | None = None
    buffer_view: Index | None = None


class Primitive(Table, frozen=True):
    """Vertices and indices with one material."""

    attributes: dict[str, Index]
    indices: Index | None = None
    material: Index | None = None
    mode: int = 4
    targets: list[Any] = []
    extensions: dict[str, Any] = {}


class MeshTable(Table, frozen=True):
    """Primitives that stand together."""

    primitives: list[Primitive]
    name: str = ""


class NodeTable(Table, frozen=True):
    """A place in the tree: a matrix, or translation, rotation (x y z w) and scale."""

    name: str = ""
    children: list[Index] = []
    mesh: Index | None = None
    skin: Index | None = None
    matrix: tuple[float, ...] | None = None
    translation: tuple[float, float, float] | None = None
    rotation: tuple[float, float, float, float] | None = None
    scale: tuple[float, float, float] | None = None
    extensions: dict[str, Any] = {}
    extras: Any = None


class SceneTable(Table, frozen=True):
    """The top level."""

    nodes: list[Index] = []
    name: str = ""


class Document(Table, frozen=True):
    """The whole JSON."""

    asset: Asset
    scene: Index | None = None
    scenes: list[SceneTable] = []
    nodes: list[NodeTable] = []
    meshes: list[MeshTable] = []
    materials: list[Material] = []
    textures: list[Texture] = []
    images: list[Image] = []
    accessors: list[Accessor] = []
    buffer_views: list[BufferView] = []
    buffers: list[Buffer] = []
    animations: list[Any] = []
    extensions_used: list[str] = []
    extensions_required: list[str] = []
