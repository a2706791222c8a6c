"""Files made to harm, one for each known way: cycles, doubling, depth, lying counts, numbers that are none, bombs, ways out."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from tests.fuzz.seeds import FILES, MADE, Seed, zipped
from tests.geometry import glb as small

DEEP = 20_000
DOUBLINGS = 40
"""A thing made of two of the next, this often: a million millions of instances from a few kilobytes."""


def _glb(binary: bytes = small.BINARY, **changes: Any) -> bytes:
    return small.glb(small.document(**changes), binary)


def _points(values: tuple[float, ...]) -> bytes:
    return struct.pack("<9f", *values) + small.BINARY[36:]


def _png(width: int, height: int) -> bytes:
    """A picture that says it is that large, and is a few bytes."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def _huge_picture() -> bytes:
    picture = _png(60_000, 60_000)
    views = [*small.document()["bufferViews"], {"buffer": 0, "byteOffset": 44, "byteLength": len(picture)}]
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    return _glb(
        small.BINARY + picture,
        materials=[material],
        textures=[{"source": 0}],
        images=[{"bufferView": 2, "mimeType": "image/png"}],
        bufferViews=views,
        buffers=[{"byteLength": 44 + len(picture)}],
    )


def _deep_json() -> bytes:
    text = b'{"asset":{"version":"2.0"},"extras":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


def _instances(count: int) -> bytes:
    """A node shown at so many places, whose accessor has no bytes: zeros."""
    accessors = [*small.document()["accessors"], {"componentType": 5126, "count": count, "type": "VEC3"}]
    spread = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}
    return _glb(nodes=[{"mesh": 0, "extensions": spread}], accessors=accessors, extensionsUsed=["EXT_mesh_gpu_instancing"])


def _many_primitives() -> bytes:
    """Half a million corners, fifty thousand times, of the same bytes."""
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"componentType": 5123, "count": 499_998, "type": "SCALAR"},
    ]
    return _glb(meshes=[{"primitives": [primitive] * 50_000}], accessors=accessors)


GLB: dict[str, Callable[[], bytes]] = {
    "a node is its own grandchild": lambda: _glb(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]),
    "nodes 20,000 deep": lambda: _glb(nodes=[{"children": [i + 1]} for i in range(DEEP)] + [{"mesh": 0}]),
    "doubling nodes": lambda: _glb(nodes=[{"children": [i + 1, i + 1]} for i in range(DOUBLINGS)] + [{"mesh": 0}]),
    "JSON 100,000 deep": _deep_json,
    "a count of 2^48": lambda: _glb(accessors=[{"componentType": 5126, "count": 2**48, "type": "VEC3"}] * 2),
    "a thousand million instances": lambda: _instances(10**9),
    "the same bytes a million times": _many_primitives,
    "NaN vertices": lambda: _glb(_points((float("nan"),) * 9)),
    "infinite vertices": lambda: _glb(_points((float("inf"), *(0.0,) * 8))),
    "vertices at 1e30": lambda: _glb(_points((1e30, *(0.0,) * 8))),
    "a place at 1e300": lambda: _glb(nodes=[{"mesh": 0, "translation": [1e300, 0, 0]}]),
    "scales that multiply to infinity": lambda: _glb(
        nodes=[{"children": [i + 1], "scale": [1e38] * 3} for i in range(20)] + [{"mesh": 0}]
    ),
    "a picture of 60,000 x 60,000": _huge_picture,
    "a buffer outside its folder": lambda: _glb(buffers=[{"byteLength": 44, "uri": "../../../../../../etc/passwd"}]),
    "a buffer from a device": lambda: _glb(buffers=[{"byteLength": 44, "uri": "/dev/zero"}]),
    "a buffer from the network": lambda: _glb(buffers=[{"byteLength": 44, "uri": "http://127.0.0.1:9/x.bin"}]),
}


def _obj(text: str) -> Callable[[], bytes]:
    return lambda: ("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + text).encode()


OBJ = {
    "a corner of 10^18": _obj("f 1 2 999999999999999999\n"),
    "a polygon of a million corners": _obj("f" + " 1 2 3" * 400_000 + "\n"),
    "a line of ten megabytes": _obj("f 1 2 3\n# " + "x" * 10_000_000),
    "NaN": _obj("v nan nan nan\nf 1 2 4\n"),
    "1e308": _obj("v 1e308 -1e308 1e308\nf 1 2 4\n"),
    "materials outside its folder": _obj("mtllib ../../../../etc/passwd\nf 1 2 3\n"),
    "a million groups": _obj("".join(f"g {i}\nf 1 2 3\n" for i in range(300_000))),
}

STL = {
    "a count of 2^32 - 1": lambda: bytes(80) + b"\xff\xff\xff\xff" + bytes(500),
    "NaN": lambda: bytes(80) + struct.pack("<I12fH", 1, *(float("nan"),) * 12, 0),
    "1e400": lambda: (
        b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 1e400\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid"
    ),
    "a million solids": lambda: b"solid a\nendsolid a\n" * 300_000,
}

_PLY = "ply\nformat {} 1.0\n{}end_header\n"
PLY = {
    "10^12 vertices": lambda: (
        _PLY.format("binary_little_endian", "element vertex 999999999999\nproperty float x\n").encode() + bytes(99)
    ),
    "a list of 2^32": lambda: (
        _PLY.format(
            "binary_little_endian",
            "element vertex 1\nproperty float x\nproperty float y\nproperty float z\nelement face 1\n"
            "property list uint int vertex_indices\n",
        ).encode()
        + bytes(12)
        + b"\xff\xff\xff\xff"
    ),
    "a million properties": lambda: _PLY.format("ascii", "element vertex 1\n" + "property float x\n" * 1_000_000).encode(),
    "NaN": lambda: (
        _PLY.format("ascii", "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n").encode()
        + b"nan nan nan\n" * 3
    ),
    "a negative list": lambda: (
        _PLY.format(
            "ascii",
            "element vertex 1\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list char int i\n",
        ).encode()
        + b"0 0 0\n-1\n"
    ),
}


def _step(body: str, schema: str = "AUTOMOTIVE_DESIGN") -> bytes:
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('x','',(''),(''),'','','');\n"
    head += f"FILE_SCHEMA(('{schema}'));\n"
    return f"{head}ENDSEC;\nDATA;\n{body}\nENDSEC;\nEND-ISO-10303-21;\n".encode()


def _made(kind: str, name: str) -> bytes:
    made = MADE[kind]()[name]
    return made if isinstance(made, bytes) else made[0]


def _retargeted(kind: str, name: str, entity: bytes, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """A sound exchange file with one line of an entity changed."""

    def make() -> bytes:
        lines = _made(kind, name).split(b"\n")
        at = next(i for i, line in enumerate(lines) if entity in line)
        lines[at] = change(lines[at])
        return b"\n".join(lines)

    return make


def _own_number(line: bytes) -> bytes:
    """Every reference of a line leads to the line itself."""
    import re

    own = re.match(rb"#\d+", line)
    assert own is not None
    return own[0] + re.sub(rb"#\d+", own[0], line[own.end() :])


STEP = {
    "an entity of itself": _retargeted("step", "nested.step", b"MANIFOLD_SOLID_BREP", _own_number),
    "an assembly of itself": _retargeted("step", "nested.step", b"NEXT_ASSEMBLY_USAGE_OCCURRENCE", _own_number),
    "brackets 20,000 deep": lambda: _step("#1=CARTESIAN_POINT('',(" + "(" * DEEP + "0." + ")" * DEEP + "));"),
    "a reference chain 20,000 long": lambda: _step(
        "\n".join(f"#{i}=REPRESENTATION_MAP(#{i + 1},#{i + 1});" for i in range(1, DEEP))
        + f"\n#{DEEP}=CARTESIAN_POINT('',(0.,0.,0.));"
    ),
    "points at 1e308": lambda: _made("step", "roots.step").replace(b"('',(0.,0.,0.))", b"('',(1.E308,-1.E308,0.))"),
    "an endless string": lambda: _step("#1=PRODUCT('" + "x" * 1_000_000),
    "numbers of entities beyond 2^64": lambda: _made("step", "roots.step").replace(b"#1 ", b"#99999999999999999999 "),
}  # fmt: skip

IGES = {
    "an entity of itself": lambda: _made("iges", "box.igs").replace(b"186,", b"186,", 1).replace(b"     514", b"     186"),
    "pointers beyond the end": lambda: _made("iges", "box.igs").replace(b",1,", b",9999999,"),
    "points at 1e308": lambda: _made("iges", "box.igs").replace(b"10.,", b"1E308,").replace(b"20.,", b"1E308,"),
}


def _dae(old: str, new: str) -> Callable[[], bytes]:
    def make() -> bytes:
        text = (FILES / "cube.dae").read_text(encoding="utf-8")
        assert old in text
        return text.replace(old, new, 1).encode()

    return make


_LIBRARY = '<library_nodes><node id="n0"><instance_geometry url="#g"/></node></library_nodes>'
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
) + "]>"  # fmt: skip


def _library(*nodes: str) -> Callable[[], bytes]:
    return _dae(_LIBRARY, f"<library_nodes>{''.join(nodes)}</library_nodes>")


DAE = {
    "a node of itself": _library('<node id="n0"><instance_node url="#n0"/></node>'),
    "doubling nodes": _library(
        *(f'<node id="n{i}"><instance_node url="#n{i + 1}"/><instance_node url="#n{i + 1}"/></node>' for i in range(DOUBLINGS)),
        f'<node id="n{DOUBLINGS}"><instance_geometry url="#g"/></node>',
    ),
    "nodes 20,000 deep": _library('<node id="n0">' + "<node>" * DEEP + "</node>" * DEEP + "</node>"),
    "a chain of 20,000 nodes": _library(
        *(f'<node id="n{i}"><instance_node url="#n{i + 1}"/></node>' for i in range(DEEP)), f'<node id="n{DEEP}"/>'
    ),
    "billion laughs": _dae("<COLLADA", f"{_LAUGHS}<COLLADA"),
    "a count of 10^18": _dae('count="24"', 'count="999999999999999999"'),
    "a stride of 10^18": _dae('stride="3"', 'stride="999999999999999999"'),
    "a negative offset": _dae('offset="0"', 'offset="-1"'),
    "a corner of 10^18": _dae("<p>0 ", "<p>999999999999999999 "),
    "NaN": _dae(">0 0 0 ", ">NaN INF -INF "),
    "a unit of 1e300": _dae('meter="1"', 'meter="1e300"'),
    "a matrix of 1e308": _dae("<matrix>1 ", "<matrix>1e308 "),
}


def _urdf(old: str, new: str) -> Callable[[], bytes]:
    def make() -> bytes:
        text = (FILES / "arm.urdf").read_text(encoding="utf-8")
        assert old in text
        return text.replace(old, new, 1).encode()

    return make


def _chain(count: int) -> bytes:
    links = "".join(f'<link name="l{i}"/>' for i in range(count + 1))
    joints = "".join(
        f'<joint name="j{i}" type="fixed"><parent link="l{i}"/><child link="l{i + 1}"/></joint>' for i in range(count)
    )  # fmt: skip
    return f'<robot name="r">{links}{joints}</robot>'.encode()


URDF = {
    "a ring of links": _urdf('<child link="one"/>', '<child link="base"/>'),
    "a chain of 20,000 links": lambda: _chain(DEEP),
    "a joint that copies itself": _urdf('mimic joint="j1"', 'mimic joint="j2"'),
    "NaN as a place": _urdf('xyz="0 0 0.1"', 'xyz="nan inf 0"'),
    "a box of 1e308": _urdf('size="1 1 0.2"', 'size="1e308 1e308 1e308"'),
    "a scale of infinity": _urdf('scale="1 1 1"', 'scale="inf 1 1"'),
    "a mesh outside its folder": _urdf("package://arm/meshes/part.stl", "package://../../../../etc/passwd"),
    "a mesh from the network": _urdf("package://arm/meshes/part.stl", "http://127.0.0.1:9/x.stl"),
    "a mesh from a device": _urdf("package://arm/meshes/part.stl", "file:///dev/zero"),
    "itself as a mesh": _urdf("package://arm/meshes/part.stl", "arm.urdf"),
    "billion laughs": _urdf("<robot", f"{_LAUGHS}<robot"),
    "an axis of nothing": _urdf('<axis xyz="0 0 1"/>', '<axis xyz="0 0 0"/>'),
}


def _sdf(old: str, new: str) -> Callable[[], bytes]:
    return lambda: (FILES / "world.sdf").read_text(encoding="utf-8").replace(old, new, 1).encode()


SDF = {
    "a world that includes itself": _sdf("model://none", "world.sdf"),
    "models 20,000 deep": _sdf("<model name", "<model name='a'>" * DEEP + "</model>" * DEEP + "<model name"),
    "a frame of itself": _sdf('relative_to="base"', 'relative_to="arm"'),
    "NaN as a place": _sdf("1 2 3 0 0 0.5", "nan nan nan 0 0 0"),
    "a model outside its folder": _sdf("model://none", "model://../../../../etc"),
    "a radius of 1e308": _sdf("<radius>0.1", "<radius>1e308"),
    "billion laughs": _sdf("<sdf", f"{_LAUGHS}<sdf"),
}


def _mapped(count: int) -> bytes:
    """A chair that shows two of the next, and so on."""
    import re

    data = _made("ifc", "IFC4.ifc")
    found = re.search(rb"#(\d+)=IFCMAPPEDITEM\(#(\d+),#(\d+)\);", data)
    assert found is not None
    item, source, target = found.groups()
    lines = [found[0]]
    first = 100_000
    context = re.search(rb"=IFCSHAPEREPRESENTATION\((#\d+)", data)
    place = re.search(rb"=IFCREPRESENTATIONMAP\((#\d+)", data)
    assert context is not None
    assert place is not None
    for i in range(count):
        this, below = first + 4 * i, (b"#%d" % (first + 4 * (i + 1)) if i < count - 1 else b"#" + source)
        lines.append(b"#%d=IFCREPRESENTATIONMAP(%s,#%d);" % (this, place[1], this + 1))
        shape = (this + 1, context[1], this + 2, this + 3)
        lines.append(b"#%d=IFCSHAPEREPRESENTATION(%s,'Body','MappedRepresentation',(#%d,#%d));" % shape)
        lines += [b"#%d=IFCMAPPEDITEM(%s,#%s);" % (this + k, below, target) for k in (2, 3)]
    lines[0] = b"#%s=IFCMAPPEDITEM(#%d,#%s);" % (item, first, target)
    return data.replace(found[0], b"\n".join(lines))


IFC = {
    "a shape of itself": _retargeted("ifc", "IFC4.ifc", b"IFCMAPPEDITEM", _own_number),
    "a place below itself": _retargeted("ifc", "IFC4.ifc", b"IFCLOCALPLACEMENT(#", _own_number),
    "a whole of itself": _retargeted("ifc", "IFC4.ifc", b"IFCRELAGGREGATES", _own_number),
    "doubling shapes": lambda: _mapped(DOUBLINGS),
    "a depth of 1e308": lambda: _made("ifc", "IFC4.ifc").replace(b",3000.)", b",1.E308)"),
    "brackets 20,000 deep": lambda: _step("#1=IFCCARTESIANPOINT(" + "(" * DEEP + "0." + ")" * DEEP + ");", "IFC4"),
    "numbers beyond 2^64": lambda: _made("ifc", "IFC4.ifc").replace(b"#1=", b"#99999999999999999999="),
}


def _usd(body: str) -> Callable[[], bytes]:
    return lambda: f'#usda 1.0\n(\n    defaultPrim = "A"\n    metersPerUnit = 1\n)\n\n{body}'.encode()


_TRIANGLE = (
    "int[] faceVertexCounts = [3]\nint[] faceVertexIndices = [0, 1, 2]\npoint3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]"
)  # fmt: skip
USD = {
    "a reference to itself": _usd('def Xform "A" (\n    references = @./x.usda@</A>\n)\n{\n}\n'),
    "doubling references": _usd(
        "".join(
            f'def Xform "P{i}"\n{{\n' + "".join(
                f'    def "{name}" (\n        references = </P{i + 1}>\n    )\n    {{\n    }}\n' for name in "ab"
            ) + "}\n"
            for i in range(24)
        )
        + f'def Mesh "P24"\n{{\n{_TRIANGLE}\n}}\ndef Xform "A"\n{{\n}}\n'
    ),
    "prims 2,000 deep": _usd('def Xform "A"\n{\n' * 2000 + "}\n" * 2000),
    "prims 20,000 deep": _usd('def Xform "A"\n{\n' * DEEP + "}\n" * DEEP),
    "a layer outside its folder": lambda: b'#usda 1.0\n(\n    subLayers = [@../../../../etc/passwd@]\n)\ndef Xform "A"\n{\n}\n',
    "a layer from the network": lambda: b'#usda 1.0\n(\n    subLayers = [@http://127.0.0.1:9/x.usda@]\n)\ndef Xform "A"\n{\n}\n',
    "corners beyond the points": _usd(f'def Mesh "A"\n{{\n{_TRIANGLE.replace("0, 1, 2]", "0, 1, 2000000000]")}\n}}\n'),
    "more corners than there are": _usd(f'def Mesh "A"\n{{\n{_TRIANGLE.replace("[3]", "[2000000000]")}\n}}\n'),
    "NaN": _usd(f'def Mesh "A"\n{{\n{_TRIANGLE.replace("(1, 0, 0)", "(nan, inf, -inf)")}\n}}\n'),
    "a unit of 1e300": lambda: f'#usda 1.0\n(\n    metersPerUnit = 1e300\n)\ndef Mesh "A"\n{{\n{_TRIANGLE}\n}}\n'.encode(),
    "a crate that is none": lambda: b"PXR-USDC" + b"\0\x09" + bytes(6) + b"\xff" * 80,
}  # fmt: skip


def _threemf(old: str, new: str) -> Callable[[], bytes]:
    return lambda: _packed("cube_3mf", "3D/3dmodel.model", old, new)


def _packed(folder: str, name: str, old: str, new: str) -> bytes:
    paths = [path for path in sorted((FILES / folder).rglob("*")) if path.is_file()]
    files = {path.relative_to(FILES / folder).as_posix(): path.read_bytes() for path in paths}
    text = files[name].decode()
    assert old in text
    return zipped(files | {name: text.replace(old, new, 1).encode()})


def _objects(count: int) -> str:
    return "".join(
        f'<object id="{i}" type="model"><components>' + f'<component objectid="{i + 1}"/>' * 2 + "</components></object>"
        for i in range(10, 10 + count)
    )


def _renamed_3mf(name: str) -> bytes:
    files = {"[Content_Types].xml": b"", "3D/3dmodel.model": b"<model/>", name: b"x"}
    return zipped(files)


THREEMF = {
    "an object of itself": _threemf('<component objectid="1"', '<component objectid="2"'),
    "doubling objects": _threemf(
        '<object id="2"', f'{_objects(DOUBLINGS)}<object id="{10 + DOUBLINGS}"><components/></object><object id="2"'
    ),
    "doubling objects of a cube": lambda: _packed(
        "cube_3mf", "3D/3dmodel.model", '</resources><build><item objectid="2"/>',
        _objects(DOUBLINGS).replace(f'"{10 + DOUBLINGS}"', '"1"') + '</resources><build><item objectid="10"/>',
    ),
    "a corner of 10^18": _threemf('v1="0"', 'v1="999999999999999999"'),
    "NaN": _threemf('x="0"', 'x="NaN"'),
    "billion laughs": _threemf("<model", f"{_LAUGHS}<model"),
    "XML 20,000 deep": _threemf("<build>", "<a>" * DEEP + "</a>" * DEEP + "<build>"),
    "a name that leads out": lambda: _renamed_3mf("../../../etc/cron.d/x"),
    "a deflate bomb": lambda: zipped({"3D/3dmodel.model": b"<model>" + b" " * 50_000_000}),
    "a transform of 1e308": _threemf('transform="1 0 0', 'transform="1e308 0 0'),
}  # fmt: skip


def _threedxml(old: str, new: str) -> Callable[[], bytes]:
    return lambda: _packed("cube_3dxml", "product.3dxml", old, new)


THREEDXML = {
    "a product of itself": _threedxml("<IsInstanceOf>2<", "<IsInstanceOf>1<"),
    "doubling products": _threedxml(
        "</ProductStructure>",
        "".join(
            f'<Reference3D xsi:type="Reference3DType" id="{i}" name="r"/>' + "".join(
                f'<Instance3D xsi:type="Instance3DType" id="{k}{i}" name="i"><IsAggregatedBy>{i}</IsAggregatedBy>'
                f"<IsInstanceOf>{i + 1 if i < 1000 + DOUBLINGS else 2}</IsInstanceOf></Instance3D>"
                for k in (7, 8)
            )
            for i in range(1000, 1001 + DOUBLINGS)
        )
        + '<Instance3D xsi:type="Instance3DType" id="9" name="i"><IsAggregatedBy>1</IsAggregatedBy>'
        "<IsInstanceOf>1000</IsInstanceOf>"
        "</Instance3D></ProductStructure>",
    ),
    "a file outside the package": _threedxml("urn:3DXML:part.3drep", "urn:3DXML:../../../etc/passwd"),
    "NaN as a place": _threedxml("10 0 0</RelativeMatrix>", "NaN inf 0</RelativeMatrix>"),
    "billion laughs": _threedxml("<Model_3dxml", f"{_LAUGHS}<Model_3dxml"),
    "a deflate bomb": lambda: zipped({"Manifest.xml": b"<Manifest>" + b" " * 50_000_000}),
    "a corner of 10^18": lambda: _packed("cube_3dxml", "part.3drep", 'triangles="0', 'triangles="999999999999999999'),
}  # fmt: skip


def _e57(old: bytes, new: bytes) -> Callable[[], bytes]:
    """The XML of an E57 file changed, its pages' checksums right again."""
    from random import Random

    from tests.fuzz.mutations import e57_pages

    assert len(old) == len(new)
    return lambda: e57_pages(lambda _random, data: data.replace(old, new))(Random(0), _made("e57", "scan.e57"))


E57 = {
    "10^11 points": _e57(b'recordCount="50"', b'recordCount="9"'.ljust(16)),
    "NaN as a place": _e57(b"<translation", b"<translatiXn"),
    "an offset beyond the end": _e57(b'fileOffset="', b'fileOffset="'),
    "an empty head": lambda: b"ASTM-E57" + bytes(40),
    "an XML of 2^63 bytes": lambda: b"ASTM-E57" + struct.pack("<IIQQQQ", 1, 0, 1024, 48, 2**63, 1024) + bytes(976),
}


def _las(offset: int, form: str, value: float, name: str = "2.las") -> Callable[[], bytes]:
    def make() -> bytes:
        data = bytearray(_made("laz" if name.endswith("laz") else "las", name))
        struct.pack_into(form, data, offset, value)
        return bytes(data)

    return make


LAS = {
    "2^32 points": _las(107, "<I", 0xFFFFFFFF),
    "2^63 points": _las(247, "<Q", 2**63, "7.las"),
    "2^32 records": _las(100, "<I", 0xFFFFFFFF),
    "points beyond the end": _las(96, "<I", 0xFFFFFFFF),
    "a scale of NaN": _las(131, "<d", float("nan")),
    "a scale of 1e308": _las(131, "<d", 1e308),
    "an offset of infinity": _las(155, "<d", float("inf")),
    "points of no bytes": _las(105, "<H", 0),
}
LAZ = {
    "2^32 points": _las(107, "<I", 0xFFFFFFFF, "2.laz"),
    "2^63 points": _las(247, "<Q", 2**63, "7.laz"),
    "2^32 records": _las(100, "<I", 0xFFFFFFFF, "2.laz"),
}

XYZ = {
    "NaN": lambda: b"nan nan nan\ninf 1 2\n1 2 3\n4 5 6\n",
    "1e308": lambda: b"1e308 1e308 1e308\n1 2 3\n4 5 6\n",
    "a row of a million numbers": lambda: b"1 2 3\n4 5 6\n" + b"7 " * 1_000_000,
    "one row of ten megabytes": lambda: b"1 2 3\n" + b"9" * 10_000_000,
    "an empty grid of 10^18": lambda: (
        b"999999999\n999999999\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n0 0 0 0.5\n"
    ),
}

GLTF = {
    "a buffer outside its folder": lambda: json.dumps(
        small.document(buffers=[{"byteLength": 44, "uri": "../../etc/passwd"}])
    ).encode(),
    "itself as a buffer": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "x.gltf"}])).encode(),
    "a folder as a buffer": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "."}])).encode(),
    "a name with a zero": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "a\0b"}])).encode(),
    "a name of 100,000 letters": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "a" * 100_000}])).encode(),
    "names of 100,000 letters": lambda: json.dumps(small.document(nodes=[{"name": "n" * 100_000, "mesh": 0}])).encode(),
}  # fmt: skip

DRACO = {
    "a million faces in ten bytes": lambda: _made("draco", "cube.glb").replace(b"DRACO", b"DRACO", 1)[:-40] + b"\xff" * 40,
}

HOSTILE: dict[str, tuple[str, dict[str, Callable[[], bytes]]]] = {
    "glb": ("x.glb", GLB),
    "gltf": ("x.gltf", GLTF),
    "draco": ("x.glb", DRACO),
    "obj": ("x.obj", OBJ),
    "stl": ("x.stl", STL),
    "ply": ("x.ply", PLY),
    "step": ("x.step", STEP),
    "iges": ("x.igs", IGES),
    "dae": ("x.dae", DAE),
    "urdf": ("arm.urdf", URDF),
    "sdf": ("world.sdf", SDF),
    "ifc": ("x.ifc", IFC),
    "usd": ("x.usda", USD),
    "3mf": ("x.3mf", THREEMF),
    "3dxml": ("x.3dxml", THREEDXML),
    "e57": ("x.e57", E57),
    "las": ("x.las", LAS),
    "laz": ("x.laz", LAZ),
    "xyz": ("x.xyz", XYZ),
}


def hostile(kind: str, what: str) -> Seed:
    """One of them, with what its format expects beside it."""
    name, cases = HOSTILE[kind]
    made = next(iter(MADE[kind]().values())) if kind in ("urdf", "sdf", "obj") else b""
    return Seed(name, cases[what](), made[1] if isinstance(made, tuple) else Seed("", b"").beside)
