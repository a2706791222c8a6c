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
    from viewer.ui.adding import install as install_adding
    from viewer.ui.alarms.feature import install as install_alarms
    from viewer.ui.clouds import install as install_clouds
    from viewer.ui.compare.feature import install as install_comparing
    from viewer.ui.exporting import install as install_exporting
    from viewer.ui.finding import install as install_finding
    from viewer.ui.joints.feature import install as install_joints
    from viewer.ui.looking.feature import install as install_looking
    from viewer.ui.measure.feature import install as install_measuring
    from viewer.ui.part_facts import install as install_part_facts
    from viewer.ui.pmi.feature import install as install_pmi
    from viewer.ui.rules.feature import install as install_rules
    from viewer.ui.sources.feature import install as install_sources
    from viewer.ui.time.feature import install as install_time
    from viewer.ui.trends.feature import install as install_trends
    from viewer.ui.unseen import install as install_unseen

    return (
        install_looking,
        install_adding,
        install_exporting,
        install_measuring,
        install_finding,
        install_part_facts,
        install_comparing,
        install_pmi,
        install_joints,
        install_clouds,
        install_time,
        install_trends,
        install_alarms,
        install_sources,
        install_rules,
        install_unseen,
    )
