import gc

import pytest

from viewer.base.collecting import no_collecting


def test_that_the_collector_runs_again_after_the_last_of_nested_holders_even_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="inner"), no_collecting():
        with no_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ValueError("inner")
    assert gc.isenabled()


def test_that_a_collector_somebody_switched_off_stays_off() -> None:
    gc.disable()
    try:
        with no_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
