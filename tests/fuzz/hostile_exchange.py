"""STEP, IGES and IFC files made to harm."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.harm import DEEP, DOUBLINGS, made


def _step(body: str, schema: str = "AUTOMOTIVE_DESIGN") -> bytes:
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('x','',(''),(''),'','','');\n"
    head += f"FILE_SCHEMA(('{schema}'));\n"
    return f"{head}ENDSEC;\nDATA;\n{body}\nENDSEC;\nEND-ISO-10303-21;\n".encode()


def _retargeted(kind: str, name: str, entity: bytes, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """A sound exchange file with one line of an entity changed."""

    def make() -> bytes:
        lines = made(kind, name).split(b"\n")
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
    "points at 1e308": lambda: made("step", "roots.step").replace(b"('',(0.,0.,0.))", b"('',(1.E308,-1.E308,0.))"),
    "an endless string": lambda: _step("#1=PRODUCT('" + "x" * 1_000_000),
    "numbers of entities beyond 2^64": lambda: made("step", "roots.step").replace(b"#1 ", b"#99999999999999999999 "),
}  # fmt: skip

IGES = {
    "an entity of itself": lambda: made("iges", "box.igs").replace(b"186,", b"186,", 1).replace(b"     514", b"     186"),
    "pointers beyond the end": lambda: made("iges", "box.igs").replace(b",1,", b",9999999,"),
    "points at 1e308": lambda: made("iges", "box.igs").replace(b"10.,", b"1E308,").replace(b"20.,", b"1E308,"),
}


def _mapped(count: int) -> bytes:
    """A chair that shows two of the next, and so on."""
    import re

    data = made("ifc", "IFC4.ifc")
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
    "a depth of 1e308": lambda: made("ifc", "IFC4.ifc").replace(b",3000.)", b",1.E308)"),
    "brackets 20,000 deep": lambda: _step("#1=IFCCARTESIANPOINT(" + "(" * DEEP + "0." + ")" * DEEP + ");", "IFC4"),
    "numbers beyond 2^64": lambda: made("ifc", "IFC4.ifc").replace(b"#1=", b"#99999999999999999999="),
}
