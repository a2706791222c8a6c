"""COLLADA, URDF, SDF, USD, 3MF and 3DXML files made to harm."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.harm import DEEP, DOUBLINGS, LAUGHS
from tests.fuzz.seeds import FILES, zipped


def _dae(old: str, new: str) -> Callable[[], bytes]:
    def make() -> bytes:
        text = (FILES / "cube.dae").read_text(encoding="utf-8")
        assert old in text
        return text.replace(old, new, 1).encode()

    return make


_LIBRARY = '<library_nodes><node id="n0"><instance_geometry url="#g"/></node></library_nodes>'


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
    "billion laughs": _dae("<COLLADA", f"{LAUGHS}<COLLADA"),
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
    "billion laughs": _urdf("<robot", f"{LAUGHS}<robot"),
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
    "billion laughs": _sdf("<sdf", f"{LAUGHS}<sdf"),
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
    "billion laughs": _threemf("<model", f"{LAUGHS}<model"),
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
    "billion laughs": _threedxml("<Model_3dxml", f"{LAUGHS}<Model_3dxml"),
    "a deflate bomb": lambda: zipped({"Manifest.xml": b"<Manifest>" + b" " * 50_000_000}),
    "a corner of 10^18": lambda: _packed("cube_3dxml", "part.3drep", 'triangles="0', 'triangles="999999999999999999'),
}  # fmt: skip
