"""What a plugin's code imports, read from its text: of this program only `viewer.api`, and nothing its permissions don't cover.

This keeps plugins apart from the program's insides, so that those may change. It is no sandbox: a plugin is a program that runs
with the user's rights, and one from a stranger is to be read first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.plugin_host.manifest import Manifest

API = "viewer.api"
NEEDS: dict[str, str] = {
    **dict.fromkeys(
        ("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "aiohttp", "httpx", "zmq", "paho"), "network"
    ),
    **dict.fromkeys(("subprocess", "multiprocessing", "pty"), "process"),
    **dict.fromkeys(("PySide6", "PyQt6", "pyqtgraph", "tkinter"), "window"),
}
"""Which permission the import of a module needs."""


def check_imports(folder: Path, manifest: Manifest) -> None:
    """Raises UserMistake, naming line and file, for the first import that a plugin may not make and for unreadable code."""
    for path in sorted(folder.rglob("*.py")):
        for line, module in _imported(path):
            _check(module, line, path, manifest)


def _check(module: str, line: int, path: Path, manifest: Manifest) -> None:
    top = module.partition(".")[0]
    if top == "viewer" and module != API and not module.startswith(API + "."):
        raise UserMistake(f"line {line} imports {module}, but a plugin may import only {API}: {path}")
    permission = NEEDS.get(top)
    if permission is not None and permission not in manifest.permissions:
        raise UserMistake(f"line {line} imports {module}, which needs the permission {permission!r} in its manifest: {path}")


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise UserMistake(f"line {line} is not valid Python: {path}") from error
    except OSError as error:
        raise UserMistake(f"the file can't be read ({error.strerror}): {path}") from error
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            if node.module == "viewer":
                yield from ((node.lineno, f"viewer.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements, however deep: imports are statements, so that expressions, the most of a tree, are not walked."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        block = waiting.pop()
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(block, field, ())
            if not isinstance(inner, list):
                continue  # a lambda's or a conditional expression's body
            for one in inner:
                if isinstance(one, ast.stmt):
                    yield one
                waiting.append(one)
