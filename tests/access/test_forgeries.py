"""The short form of benchmarks/forgeries.py: of some two thousand forgeries none passes, and each is audited."""

from pathlib import Path

import pytest

from benchmarks import forged_messages
from benchmarks.forgeries import COMMANDS, run


@pytest.mark.parametrize("seed", [11, 12])
def test_that_no_forged_replayed_truncated_or_mistyped_command_passes_and_all_are_audited(tmp_path: Path, seed: int) -> None:
    found = run(tmp_path, 1_000, seed)
    assert found["passed"] == 0 and found["limits_untouched"], found["first_passed"]
    assert found["audited"] == found["refused"] == 1_000 and found["tampering_of_the_audit"] == 0
    assert found["valid_between"] == 2, "the gate was open for what is right all the while"
    assert len(found["kinds"]) == len(COMMANDS) + 1


def test_that_no_spoofed_replayed_truncated_or_mistyped_message_is_stored_and_all_are_audited(tmp_path: Path) -> None:
    found = forged_messages.run(tmp_path, 1_100, 13)
    assert found["stored"] == 0 and found["honest_all_there_once"] and found["honest_batches"] == 6
    assert set(found["kinds"].values()) == {100} and found["audited"] >= 1_100, found["audit"]
