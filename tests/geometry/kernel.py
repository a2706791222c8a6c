"""Two processes that keep the CAD kernel loaded for all STEP tests: it takes a second to load and may crash only there."""

import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.inspect import MEASURE_DEFLECTION_M, model_facts
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here, reader_for
from viewer.geometry.worker_child import with_warnings


@dataclass(frozen=True)
class Read:
    """What became of one file: facts and model, or the sentence of the mistake."""

    facts: dict[str, Any]
    model: GeometryModel | None
    mistake: str = ""


class Kernel:
    """Reads STEP files as `genchi inspect` does, each once."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._begun: dict[Any, Future[Read]] = {}

    def begin(self, path: Path) -> None:
        """Read a file that will be asked for."""
        if path not in self._begun:
            self._begun[path] = self._pool.submit(_read, path)

    def read(self, path: Path) -> Read:
        self.begin(path)
        return self._begun[path].result(timeout=100)

    def made(self, case: str, schema: str = "AP214IS", unit: str = "MM", *, escaped: bool = False) -> Read:
        """A file of `step_files.CASES`, written and read again."""
        key = (case, schema, unit, escaped)
        if key not in self._begun:
            self._begun[key] = self._pool.submit(_make_and_read, *key)
        return self._begun[key].result(timeout=100)

    def written(self, recipe: str) -> Read:
        """A file of `step_recipes.RECIPES`, written with all that is beside it, and read again."""
        if recipe not in self._begun:
            self._begun[recipe] = self._pool.submit(_write_and_read, recipe)
        return self._begun[recipe].result(timeout=100)

    def revised(self, path: Path) -> Read:
        """The second revision of `step_revision` of the assembly as1."""
        return self._pool.submit(_revise_and_read, path).result(timeout=100)

    def made_iges(self, case: str, unit: str = "MM", *, solids: bool = True) -> Read:
        """A file of `step_files.CASES` written as IGES, with solids or as trimmed surfaces alone, and read again."""
        key = ("iges", case, unit, solids)
        if key not in self._begun:
            self._begun[key] = self._pool.submit(_make_iges_and_read, case, unit, solids)
        return self._begun[key].result(timeout=100)


@contextmanager
def kernel() -> Iterator[Kernel]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Kernel(pool)
        pool.shutdown(cancel_futures=True)


def _read(path: Path) -> Read:
    job = _Notes()
    try:
        model = with_warnings(read_here(reader_for(path, MEASURE_DEFLECTION_M), path, unit=None, job=job), job.warnings)
    except UserMistake as mistake:
        return Read({}, None, str(mistake))
    return Read(model_facts(path, model), model)


def _make_and_read(case: str, schema: str, unit: str, escaped: bool) -> Read:
    from tests.geometry.step_files import write_case

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.step"
        write_case(case, path, schema, unit, escaped=escaped)
        return _read(path)


def _make_iges_and_read(case: str, unit: str, solids: bool) -> Read:
    from tests.geometry.step_files import write_iges_case

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.igs"
        write_iges_case(case, path, unit, solids=solids)
        return _read(path)


def _write_and_read(recipe: str) -> Read:
    from tests.geometry.step_recipes import RECIPES

    with tempfile.TemporaryDirectory() as folder:
        return _read(RECIPES[recipe](Path(folder)))


def _revise_and_read(path: Path) -> Read:
    from tests.geometry.step_revision import revise_as1

    with tempfile.TemporaryDirectory() as folder:
        revise_as1(path, Path(folder) / "revised.stp")
        return _read(Path(folder) / "revised.stp")


class _Notes(SilentJob):
    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)
