"""A glTF file's outer shape: the GLB chunks or the bare JSON, and the buffers it points at, never outside its folder."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from pathlib import Path

import msgspec

from viewer.geometry.broken import broken
from viewer.geometry.gltf.document import BufferView, Document
from viewer.geometry.references import inside_folder

MAGIC = b"glTF"
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<II")

_HARMLESS = {
    "KHR_mesh_quantization", "KHR_draco_mesh_compression", "EXT_mesh_gpu_instancing", "KHR_texture_transform",
    "KHR_lights_punctual", "KHR_xmp_json_ld",
    "KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif", "MSFT_texture_dds", "KHR_animation_pointer",
}  # fmt: skip
"""Extensions that a file may require and that are supported, or change only looks and motion that are not shown anyway."""


def open_gltf(path: Path) -> tuple[Document, Buffers, str]:
    """The document, its buffers, and `glb` or `gltf`. Raises BrokenFile."""
    data = path.read_bytes()
    if data[:4] == MAGIC:
        text, binary = _chunks(data)
        return _document(text), Buffers(path.parent, binary), "glb"
    return _document(memoryview(data)), Buffers(path.parent, None), "gltf"


def _chunks(data: bytes) -> tuple[memoryview, memoryview | None]:
    if len(data) < 20:
        broken(f"the GLB is cut off after {len(data)} bytes, before its first chunk; export or copy it again")
    _, version, length = _HEADER.unpack_from(data)
    if version != 2:
        broken(f"this is glTF version {version}, and only version 2 is read; export it as glTF 2.0")
    if length > len(data):
        broken(f"the GLB is cut off: it says {length} bytes and has {len(data)}; export or copy it again")
    found: dict[int, memoryview] = {}
    offset = 12
    while offset + 8 <= length:
        size, kind = _CHUNK.unpack_from(data, offset)
        if offset + 8 + size > length:
            broken(f"the GLB's chunk at byte {offset} runs {offset + 8 + size - length} bytes past the end; export it again")
        found.setdefault(kind, memoryview(data)[offset + 8 : offset + 8 + size])
        offset += 8 + size
    if _JSON not in found:
        broken("the GLB has no JSON chunk, which a GLB must begin with; export it again")
    return found[_JSON], found.get(_BIN)


_BY_NAME = re.compile(r"Expected `array`, got `object` - at `\$\.\w+`$")
"""Version 1 keeps accessors, meshes and nodes by name, at the top of the document."""


def _document(text: memoryview) -> Document:
    try:
        # not strict: some exporters write whole numbers as 3.0, which the specification forbids and everybody reads
        document = msgspec.json.decode(bytes(text).lstrip(b"\xef\xbb\xbf"), type=Document, strict=False)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        if _BY_NAME.search(str(error)):
            broken("it is written as glTF 1.0 was, with names for numbers, and only version 2 is read; export it as glTF 2.0")
        broken(f"its glTF JSON is wrong: {str(error)[:200]}; export it again")
    if not document.asset.version.startswith("2."):
        broken(f"this is glTF version {document.asset.version[:20]}, and only version 2 is read; export it as glTF 2.0")
    unknown = [e for e in document.extensions_required if e not in _HARMLESS and not e.startswith("KHR_materials_")]
    if unknown:
        broken(f"it requires {', '.join(unknown)[:200]}, which is not supported; export it again without that extension")
    return document


class Buffers:
    """The bytes behind buffer views, each buffer fetched once."""

    def __init__(self, folder: Path, binary: memoryview | None) -> None:
        self._folder = folder
        self._binary = binary
        self._loaded: dict[int, memoryview] = {}

    def view(self, document: Document, index: int) -> tuple[memoryview, BufferView]:
        """The bytes of one buffer view. Raises BrokenFile where it reaches past its buffer."""
        if index >= len(document.buffer_views):
            broken(f"it points at buffer view {index} of {len(document.buffer_views)}; export it again")
        view = document.buffer_views[index]
        data = self._buffer(document, view.buffer)
        end = view.byte_offset + view.byte_length
        if end > len(data):
            broken(f"buffer view {index} ends at byte {end} of a buffer of {len(data)} bytes; export it again")
        return data[view.byte_offset : end], view

    def resource(self, uri: str) -> memoryview:
        """What a URI of the file means: data: itself, or a file below the folder. Raises BrokenFile."""
        if uri.startswith("data:"):
            return _data_uri(uri)
        return memoryview(inside_folder(self._folder, uri).read_bytes())

    def _buffer(self, document: Document, index: int) -> memoryview:
        if index not in self._loaded:
            if index >= len(document.buffers):
                broken(f"it points at buffer {index} of {len(document.buffers)}; export it again")
            self._loaded[index] = self._fetch(index, document.buffers[index].uri, document.buffers[index].byte_length)
        return self._loaded[index]

    def _fetch(self, index: int, uri: str | None, length: int) -> memoryview:
        if uri is not None:
            data = self.resource(uri)
        elif index == 0 and self._binary is not None:
            data = self._binary
        else:
            broken(f"buffer {index} has neither a URI nor a binary chunk; export it again")
        if len(data) < length:
            broken(f"buffer {index} should have {length} bytes and has {len(data)}; the file is cut off: export or copy it again")
        return data[:length]


def _data_uri(uri: str) -> memoryview:
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        broken("a data: URI in it is not base64; export it again")
    try:
        return memoryview(base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        broken("a data: URI in it is not valid base64; export it again")
