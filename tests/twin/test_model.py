"""The twin as a value: what `with_` may be given."""

from dataclasses import fields

from viewer.twin.model import Twin, TwinFields


def test_that_with_takes_the_fields_of_a_twin_each_with_its_type() -> None:
    assert {field.name: field.type for field in fields(Twin)} == {
        name: said.__forward_arg__ for name, said in TwinFields.__annotations__.items()
    }
