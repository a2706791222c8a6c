"""What geometry's tests share."""

from collections.abc import Iterator

import pytest

from tests.geometry import kernel as processes


@pytest.fixture(scope="session")
def kernel() -> Iterator[processes.Kernel]:
    """The CAD kernel, loaded once for all tests."""
    with processes.kernel() as one:
        yield one
