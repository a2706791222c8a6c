"""docs/security.md: each threat has its tests, which exist; the roles' table is the program's."""

import re
import tomllib
from pathlib import Path

from viewer.access.roles import ACTIONS, ROLES, may

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def rows(title: str) -> list[list[str]]:
    """The cells of the table below a title, without its head."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_that_each_threat_names_tests_that_exist() -> None:
    threats = rows("Threats, controls, tests")
    assert len(threats) >= 14
    for asset, attacker, *_, tests in threats:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
        assert named, f"{asset}, {attacker}: names no test"
        for file, test in named:
            path = ROOT / file
            assert path.is_file() and re.search(rf"^def {test}\(", path.read_text(encoding="utf-8"), re.MULTILINE), (
                f"{file}::{test}"
            )


def test_that_the_table_of_roles_is_the_programs() -> None:
    table = {cells[0]: cells[1:] for cells in rows("Roles")}
    assert table == {action: ["yes" if may(role, action) else "–" for role in ROLES] for action in ACTIONS}


def test_that_the_page_of_keys_names_every_verb() -> None:
    from viewer.cli import _parser

    page = (ROOT / "docs" / "user" / "keys.md").read_text(encoding="utf-8")
    (verbs,) = [action for action in _parser()._actions if action.dest == "verb"]
    (keys,) = [action for action in verbs.choices["keys"]._actions if action.dest == "what"]
    assert [verb for verb in keys.choices if f"genchi keys {verb}" not in page] == []


def test_that_the_example_of_a_safety_file_has_every_key_and_is_sound(tmp_path: Path) -> None:
    from viewer.access.leash import LeashTerms
    from viewer.access.limits import Writable
    from viewer.access.safety import read_safety

    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.split("## The safety file\n")[1].split("\n## ")[0], re.DOTALL)
    (tmp_path / "safety.toml").write_text(example, encoding="utf-8")
    safety = read_safety(tmp_path / "safety.toml")
    assert list(safety.limits) == list(safety.corrections) == list(safety.own) == ["oven.set_point"]
    table = tomllib.loads(example)
    assert set(table["set_point"][0]) == set(Writable.__struct_fields__)
    own = {"controller", "target", "gain", "dead_band", "every_s"}
    assert set(table["correction"][0]) == {*LeashTerms.__struct_fields__, *own}
