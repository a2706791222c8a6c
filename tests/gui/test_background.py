"""Long work on threads: what becomes of it when the part of the window that wanted it is gone."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import Job
from viewer.ui.background import BackgroundTask
from viewer.ui.viewport.widget import Viewport

pytestmark = pytest.mark.window


@pytest.mark.parametrize("ending", ["answers", "reports", "fails"])
def test_that_work_whose_owner_is_deleted_meanwhile_ends_in_peace(qtbot: QtBot, ending: str) -> None:
    gone, ended = threading.Event(), threading.Event()
    seen: list[type[BaseException]] = []

    def work(job: Job) -> str:
        assert gone.wait(20.0)
        try:
            if ending == "reports":
                job.warn("late")
                job.progress(0.5, "late")
            if ending == "fails":
                raise UserMistake("late")
        except BaseException as error:
            seen.append(type(error))
            raise
        finally:
            ended.set()
        return "late"

    owner = QObject()
    task = BackgroundTask("Look", work, owner)
    told: list[object] = []
    task.finished.connect(told.append)
    task.start()
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    gone.set()
    assert ended.wait(20.0) and task.wait(20.0)
    assert told == [] and seen in ([], [UserMistake], [Cancelled])


def _reporting(job: Job) -> str:
    job.warn("w")
    job.progress(0.5, "half")
    return "answer"


def _mistaken(_job: Job) -> None:
    raise UserMistake("no")


@pytest.mark.parametrize(
    ("work", "told"),
    [(_reporting, ["warned w", "progressed 0.5 half", "finished answer"]), (_mistaken, ["mistaken no"])],
)
def test_that_what_a_thread_says_arrives_in_order_on_the_main_thread(
    qtbot: QtBot, work: Callable[[Job], object], told: list[str]
) -> None:
    task, heard, threads = BackgroundTask("Look", work), list[str](), set[bool]()

    def hear(what: str) -> Callable[..., None]:
        def heard_it(*said: object) -> None:
            heard.append(" ".join(map(str, (what, *said))))
            threads.add(QThread.currentThread() is task.thread())

        return heard_it

    for name in ("progressed", "warned", "finished", "mistaken", "cancelled"):
        getattr(task, name).connect(hear(name))
    with qtbot.waitSignal(task.ended):
        task.start()
    assert heard == told and threads == {True}


def test_that_work_that_is_not_wanted_any_more_is_cancelled_at_its_next_report(qtbot: QtBot) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        assert cancelled.wait(20.0)
        job.progress(0.9)

    task, progressed = BackgroundTask("Look", work), list[float]()
    task.progressed.connect(lambda share, _doing: progressed.append(share))
    task.start()
    assert begun.wait(20.0)
    with qtbot.waitSignal(task.cancelled):
        task.cancel()
        cancelled.set()
    assert progressed == []


def test_that_a_thread_can_wake_a_view_that_is_gone(qtbot: QtBot) -> None:
    view = Viewport()
    wake, faults = view.waker.wake, list[object]()
    view.deleteLater()
    with qtbot.waitSignal(view.destroyed):
        pass
    thread = threading.Thread(target=lambda: faults.append(wake()))
    thread.start()
    thread.join(20.0)
    assert faults == [None]  # it came back
