"""Features: what each adds to the window by itself (actions, tools, docks, strips), in the order of their menu entries.

A feature is a function that is given the window once, after the panels and the common actions are there and before menus and
toolbar are filled. It keeps itself alive by what it connects to, or by what it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

Feature = Callable[["MainWindow"], object]


def features() -> tuple[Feature, ...]:
    """All of them."""
    from viewer.ui.clouds import install as install_clouds
    from viewer.ui.finding import install as install_finding
    from viewer.ui.joints.feature import install as install_joints
    from viewer.ui.measure.feature import install as install_measuring
    from viewer.ui.pmi.feature import install as install_pmi

    return (install_clouds, install_measuring, install_finding, install_pmi, install_joints)
