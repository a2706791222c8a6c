"""Who may do what: the table of the program against one that is written out here, cell by cell."""

import pytest

from viewer.access.roles import ACTIONS, ROLES, kind_of, may

#                    viewer operator engineer admin device gateway controller
WRITTEN = {
    "read_values": "    yes    yes      yes      yes   no     yes     yes",
    "read_history": "   yes    yes      yes      yes   no     yes     no",
    "read_audit": "     no     no       yes      yes   no     yes     no",
    "export_history": " no     yes      yes      no    no     no      no",
    "acknowledge": "    no     yes      yes      no    no     no      no",
    "shelve": "         no     yes      yes      no    no     no      no",
    "suppress": "       no     no       yes      no    no     no      no",
    "reset_latch": "    no     yes      yes      no    no     no      no",
    "set_point": "      no     yes      yes      no    no     no      no",
    "correct": "        no     no       no       no    no     no      yes",
    "inject_fault": "   no     yes      yes      no    no     no      no",
    "arm_rule": "       no     no       yes      no    no     no      no",
    "bind_channels": "  no     no       yes      no    no     no      no",
    "propose_limits": " no     no       yes      no    no     no      no",
    "approve_limits": " no     no       yes      no    no     no      no",
    "enrol": "          no     no       no       yes   no     no      no",
    "manage_accounts": "no     no       no       yes   no     no      no",
    "send_samples": "   no     no       no       no    yes    yes     no",
    "forward_samples": "no     no       no       no    no     yes     no",
    "relay": "          no     no       no       no    no     yes     no",
}
ORDER = ("viewer", "operator", "engineer", "admin", "device", "gateway", "controller")
CELLS = [
    (role, action, answer == "yes") for action, row in WRITTEN.items() for role, answer in zip(ORDER, row.split(), strict=True)
]


def test_that_no_role_and_no_action_is_missing_from_the_written_table() -> None:
    assert set(ORDER) == set(ROLES) and set(WRITTEN) == set(ACTIONS) and len(CELLS) == 7 * 20


@pytest.mark.parametrize(("role", "action", "allowed"), CELLS)
def test_that_a_role_may_what_is_written_and_nothing_else(role, action, allowed) -> None:
    assert may(role, action) is allowed


@pytest.mark.parametrize("role", ["", "root", "Engineer", "engineer ", "viewer\0", "*"])
def test_that_a_role_nobody_knows_may_nothing(role: str) -> None:
    assert not any(may(role, action) for action in ACTIONS)


def test_that_who_enrols_people_commands_nothing() -> None:
    for role in ROLES:
        if may(role, "enrol"):
            assert not any(may(role, action) for action in ("set_point", "correct", "propose_limits", "approve_limits", "relay"))


def test_that_machines_are_told_from_persons() -> None:
    assert [kind_of(role) for role in ORDER] == ["person"] * 4 + ["device", "gateway", "controller"]
