"""PMI from the exchange text: what drawings show, by hand-made instances in the forms of AP203, AP214 and AP242."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.geometry.step.exchange import Exchange, Ref, Typed, Word, header_of, read_exchange
from viewer.geometry.step.pmi.draft import Draft
from viewer.geometry.step.pmi.entries import WANTED, drafts_of, has_pmi
from viewer.geometry.step.spelling import decoded

UNITS = """
#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#2=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#1);
#4=(CONVERSION_BASED_UNIT('INCH',#3)LENGTH_UNIT()NAMED_UNIT(#9));
#5=PRODUCT_DEFINITION_SHAPE('','',#6);
#10=SHAPE_ASPECT('hole','',#5,.T.);
#11=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#10,#90,#100);
#20=DATUM('',$,#5,.F.,'A');
#21=DATUM('',$,#5,.F.,'B');
#22=DATUM_FEATURE('',$,#5,.T.);
#23=SHAPE_ASPECT_RELATIONSHIP('','',#22,#20);
#24=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#22,#90,#101);
"""


def exchange_of(tmp_path: Path, body: str, wanted: re.Pattern[bytes] = WANTED) -> Exchange:
    path = tmp_path / "x.stp"
    path.write_text(f"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n{body}\nENDSEC;\nEND-ISO-10303-21;\n", encoding="utf-8")
    return read_exchange(path, wanted)


def drafts(tmp_path: Path, body: str, kind: str) -> list[Draft]:
    return [one for one in drafts_of(exchange_of(tmp_path, UNITS + body)) if one.kind == kind]


def dimension(tmp_path: Path, items: str, more: str = "", what: str = "DIMENSIONAL_SIZE(#10,'diameter')") -> Draft | None:
    found = drafts(
        tmp_path,
        f"#30={what};#31=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#30,#32);#32=SHAPE_DIMENSION_REPRESENTATION('',({items}),#8);{more}",
        "dimension",
    )
    return found[0] if found else None


def length(number: int, value: str, name: str = "nominal value", unit: int = 1) -> str:
    return (
        f"#{number}=(LENGTH_MEASURE_WITH_UNIT()MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(LENGTH_MEASURE({value}),#{unit})"
        f"REPRESENTATION_ITEM('{name}'));"
    )


def tolerance(tmp_path: Path, instance: str, more: str = "") -> Draft:
    return drafts(tmp_path, f"#40={instance};#41=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.5),#1);{more}", "tolerance")[0]


@pytest.mark.parametrize(
    "body",
    [
        "#7=FLATNESS_TOLERANCE('',$,#7,#7);",  # of itself
        "#7=FLATNESS_TOLERANCE(" + "(" * 500 + ")" * 500 + ");",
        "#7=FLATNESS_TOLERANCE('never closed,#41,#10);",
        "#7=FLATNESS_TOLERANCE();#8=DATUM();#9=DIMENSIONAL_SIZE();",
        "#7=SHAPE_ASPECT_RELATIONSHIP('','',#10,#12);#8=SHAPE_ASPECT_RELATIONSHIP('','',#12,#10);#12=SHAPE_ASPECT('','',#5,.T.);",
        "#7=(CONVERSION_BASED_UNIT('X',#8)LENGTH_UNIT());#8=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.),#7);"
        "#9=FLATNESS_TOLERANCE('','',#8,#10);",
        "#7=DATUM_SYSTEM('',$,#5,.F.,(#7));#8=(FLATNESS_TOLERANCE()GEOMETRIC_TOLERANCE('','',#3,#10)"
        "GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#7)));",
    ],
)
def test_that_circles_and_broken_instances_cost_at_most_themselves(tmp_path: Path, body: str) -> None:
    assert [one.text for one in drafts(tmp_path, body, "datum")][:1] == ["A"]


@pytest.mark.parametrize("text", ["''''''", "#1=" * 50_000, "'" * 100_001, "(" * 100_000, "/*" * 50_000, "#1=A((" * 20_000])
def test_that_hostile_text_is_passed_in_linear_time(tmp_path: Path, text: str) -> None:
    exchange_of(tmp_path, text)  # a pattern that goes back would not come to an end


@given(st.text(alphabet="#123=()',;$*.ABC_/ \n", max_size=200))
def test_that_any_text_gives_instances_or_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    found = exchange_of(tmp_path_factory.getbasetemp(), text, re.compile(rb"\w+"))
    assert all(one.types for one in found.of(*found.types_like("")))


def test_that_an_instance_is_taken_apart_by_type(tmp_path: Path) -> None:
    text = "#7 = ( B ( 1.5E1 , $ , 'a;''b' ) /* ; */ A( #8, (.T.,*) , LENGTH_MEASURE(-2) ) ) ;"
    found = exchange_of(tmp_path, text, re.compile(rb"A|B")).get(Ref(7))
    assert found is not None
    assert found.types == {"B": [15.0, None, "a;'b"], "A": [Ref(8), [Word("T"), None], Typed("LENGTH_MEASURE", [-2.0])]}
    assert found.own("A", -1) == Typed("LENGTH_MEASURE", [-2.0])
    assert found.own("C", 0) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"Geh\X2\00E4\X0\use", "Gehäuse"),
        (rb"\X4\0001F600\X0\!", "😀!"),
        (rb"\X\E4 \S\d", "ä ä"),
        (rb"\PE\\S\P", "а"),
        ("組立".encode(), "組立"),
        (rb"C:\\x ''y''", r"C:\x 'y'"),
        (rb"\X2\00E", r"\X2\00E"),
    ],
)
def test_that_every_spelling_of_letters_is_understood(written: bytes, meant: str) -> None:
    assert decoded(written) == meant


def test_that_the_header_is_told_with_its_strings(tmp_path: Path) -> None:
    (tmp_path / "x.stp").write_text(
        "ISO-10303-21;HEADER;FILE_NAME('a(1).stp','2024',('J. Doe'),('ACME; Ltd'),'','CAD 7',$);FILE_SCHEMA(('AP242'));ENDSEC;"
    )
    found = header_of(tmp_path / "x.stp")
    assert found["FILE_NAME"][:4] == ["a(1).stp", "2024", ["J. Doe"], ["ACME; Ltd"]]
    assert found["FILE_SCHEMA"] == [["AP242"]]


@pytest.mark.parametrize(
    ("items", "more", "text", "deviations"),
    [
        ("#33", length(33, "35."), "⌀ 35", (None, None)),
        ("#33", length(33, "1.25", unit=4), "⌀ 1.25", (None, None)),
        ("#33,#34", length(33, "35.2", "upper limit") + length(34, "34.8", "lower limit"), "⌀ 34.8 – 35.2", (0.2, -0.2)),
        ("#33,#34", length(33, "35.") + "#34=DESCRIPTIVE_REPRESENTATION_ITEM('dimensional note','theoretical');", "⌀ [35]", None),
        ("#33,#34", length(33, "35.") + "#34=DESCRIPTIVE_REPRESENTATION_ITEM('dimensional note','auxiliary');", "⌀ (35)", None),
        ("#33", length(33, "35.") + "#50=PLUS_MINUS_TOLERANCE(#51,#30);#51=LIMITS_AND_FITS('H','hole','7','');", "⌀ 35 H7", None),
        (
            "#33",
            length(33, "35.") + "#50=PLUS_MINUS_TOLERANCE(#51,#30);#51=TOLERANCE_VALUE(#52,#53);"
            "#52=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#1);#53=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.3),#1);",
            "⌀ 35 +0.3 / +0.1",
            (0.3, 0.1),
        ),
    ],
)
def test_that_dimensions_are_written_as_on_a_drawing(
    tmp_path: Path, items: str, more: str, text: str, deviations: tuple[float | None, float | None] | None
) -> None:
    found = dimension(tmp_path, items, more)
    assert found is not None
    assert (found.text, found.type, found.items) == (text, "diameter", (100,))
    if deviations is not None:
        assert (found.plus, found.minus) == (pytest.approx(deviations[0]), pytest.approx(deviations[1]))


def test_that_a_dimension_without_value_is_counted_and_not_read(tmp_path: Path) -> None:
    assert drafts(tmp_path, "#30=DIMENSIONAL_SIZE(#10,'diameter');", "dimension") == []
    assert exchange_of(tmp_path, UNITS + "#30=DIMENSIONAL_SIZE(#10,'diameter');").count(["DIMENSIONAL_SIZE"]) == 1


def test_that_angles_are_told_in_degrees(tmp_path: Path) -> None:
    item = "#33=(MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(0.5235987756),#2)REPRESENTATION_ITEM(''));"
    found = dimension(tmp_path, "#33", item, "ANGULAR_LOCATION('','',#10,#22,.SMALL.)")
    assert found is not None
    assert (found.text, found.unit, found.items) == ("30°", "deg", (100, 101))


@pytest.mark.parametrize(
    ("instance", "more", "text", "datums"),
    [
        ("FLATNESS_TOLERANCE('','',#41,#10)", "", "⏥ 0.5", ()),
        ("PERPENDICULARITY_TOLERANCE('','',#41,#10,(#42))", "#42=DATUM_REFERENCE(1,#20);", "⟂ 0.5 | A", ("A",)),
        (
            "(GEOMETRIC_TOLERANCE('','',#41,#10)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#42,#43))"
            "MODIFIED_GEOMETRIC_TOLERANCE(.MAXIMUM_MATERIAL_CONDITION.)POSITION_TOLERANCE())",
            "#42=REFERENCED_MODIFIED_DATUM(2,#21,.LEAST_MATERIAL_CONDITION.);#43=DATUM_REFERENCE(1,#20);"
            "#44=TOLERANCE_ZONE('','',#5,.F.,(#40),#45);#45=TOLERANCE_ZONE_FORM('cylindrical or circular');",
            "⌖ ⌀0.5 Ⓜ | A | B Ⓛ",
            ("A", "B Ⓛ"),
        ),
        (
            "(GEOMETRIC_TOLERANCE('','',#41,#10)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#42))SURFACE_PROFILE_TOLERANCE()"
            "UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE(#46))",
            "#42=DATUM_SYSTEM('','',#5,.F.,(#43));#43=DATUM_REFERENCE_COMPARTMENT('','',#5,.F.,COMMON_DATUM_LIST((#44,#45)),"
            "(SIMPLE_DATUM_REFERENCE_MODIFIER(.MAXIMUM_MATERIAL_REQUIREMENT.)));"
            "#44=DATUM_REFERENCE_ELEMENT('','',#5,.F.,#20,$);#45=DATUM_REFERENCE_ELEMENT('','',#5,.F.,#21,$);"
            "#46=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#1);",
            "⌓ 0.5 Ⓤ 0.1 | A-B Ⓜ",
            ("A-B Ⓜ",),
        ),
    ],
)
def test_that_tolerances_are_written_as_feature_control_frames(
    tmp_path: Path, instance: str, more: str, text: str, datums: tuple[str, ...]
) -> None:
    found = tolerance(tmp_path, instance, more)
    assert (found.text, found.datums, found.value, found.items) == (text, datums, 0.5, (100,))


def test_that_a_tolerance_on_a_dimension_speaks_of_its_faces(tmp_path: Path) -> None:
    assert tolerance(tmp_path, "POSITION_TOLERANCE('','',#41,#42)", "#42=DIMENSIONAL_SIZE(#10,'');").items == (100,)


def test_that_a_datum_has_the_faces_of_its_features_and_targets(tmp_path: Path) -> None:
    more = (
        "#60=PLACED_DATUM_TARGET_FEATURE('','point',#5,.T.,'1');#61=SHAPE_ASPECT_RELATIONSHIP('','',#60,#21);"
        "#62=SHAPE_ASPECT('','',#5,.T.);#63=FEATURE_FOR_DATUM_TARGET_RELATIONSHIP('','',#62,#60);"
        "#64=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#62,#90,#102);"
    )
    found = {one.text: (one.type, one.items) for one in drafts(tmp_path, more, "datum")}
    assert found == {"A": ("datum", (101,)), "B": ("datum", (102,)), "B1": ("datum target, point", (102,))}


TOKENS = ["$", "*", "(", ")", "#1", "#40", "''", ".T.", "1.", ",", ";", "()", "LENGTH_MEASURE(1.)", "(#10)", "'", "1E400"]
WHOLE = (
    "#30=DIMENSIONAL_SIZE(#10,'diameter');#31=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#30,#32);"
    f"#32=SHAPE_DIMENSION_REPRESENTATION('',(#33,#34),#8);{length(33, '35.')}"
    "#34=DESCRIPTIVE_REPRESENTATION_ITEM('dimensional note','theoretical');"
    "#40=(GEOMETRIC_TOLERANCE('','',#41,#10)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#42))POSITION_TOLERANCE());"
    "#41=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.5),#1);#42=DATUM_SYSTEM('','',#5,.F.,(#43));"
    "#43=DATUM_REFERENCE_COMPARTMENT('','',#5,.F.,#20,(SIMPLE_DATUM_REFERENCE_MODIFIER(.MAXIMUM_MATERIAL_REQUIREMENT.)));"
    "#44=TOLERANCE_ZONE('','',#5,.F.,(#40),#45);#45=TOLERANCE_ZONE_FORM('cylindrical or circular');"
    "#50=PLUS_MINUS_TOLERANCE(#51,#30);#51=TOLERANCE_VALUE(#52,#53);#52=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(-0.1),#1);"
    "#53=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#1);#54=PROPERTY_DEFINITION('','',#30);"
    "#55=PROPERTY_DEFINITION_REPRESENTATION(#54,#56);#56=REPRESENTATION('',(#57),#8);"
    "#57=DESCRIPTIVE_REPRESENTATION_ITEM('equivalent unicode string','2X');"
)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 6), st.sampled_from(TOKENS)), max_size=8))
def test_that_mangled_instances_cost_at_most_themselves(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, str]]
) -> None:
    text = UNITS + WHOLE
    for at, gone, token in changes:
        start = at % len(text)
        text = text[:start] + token + text[start + gone :]
    found = drafts_of(exchange_of(tmp_path_factory.getbasetemp(), text))
    assert changes or [one.text for one in found] == ["2× ⌀ 35 ±0.1", "⌖ ⌀0.5 | A Ⓜ", "A", "B"]
    assert all(one.text for one in found)


def test_that_files_without_pmi_are_not_read_twice(tmp_path: Path) -> None:
    (tmp_path / "x.stp").write_bytes(b"#1=CARTESIAN_POINT('',(0.,0.,0.));" * 200_000)
    assert not has_pmi(tmp_path / "x.stp")
    (tmp_path / "x.stp").write_bytes(b"x" * ((1 << 22) - 4) + b"#1=POSITION_TOLERANCE('');")
    assert has_pmi(tmp_path / "x.stp")
