"""Files that a model file points at: only those of its own folder, or of the package or model it names nearby, are opened.

The rule for robots and worlds, whose meshes ROS and Gazebo keep in packages: a name such as package://NAME/… or model://NAME/…
means the folder NAME beside the file, or up to two folders above it (for model:// also in `models` there); where there is none,
the folder of the robot itself if it holds that very file, since packages get renamed. A mesh's textures may lie anywhere in the
package that the mesh was found in. Nothing outside the folder that was found is opened, whatever `..` or a link says; the search
never climbs into the home folder or the root.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import unquote

from viewer.geometry.beside import note
from viewer.geometry.broken import broken

MAX_BYTES = 4 * 2**30
"""The most that one file that is pointed at may hold."""
LEVELS_UP = 2
"""How many folders above a robot's or world's file a package may lie."""
_MANIFESTS = ("package.xml", "model.config", "manifest.xml")
_SHELVES = ("urdf", "robots", "sdf")
"""What ROS calls the folder of a package in which its robots lie: their meshes lie beside it."""
_REACH: ContextVar[Path | None] = ContextVar("reach", default=None)
_PACKAGE_NAME = re.compile(rb"<name>\s*([^<\s]+)\s*</name>")


@contextmanager
def reaching(package: Path) -> Generator[None]:
    """For files read meanwhile that lie in `package`: what they name may lie anywhere in it, as a mesh's textures do."""
    token = _REACH.set(package.resolve())
    try:
        yield
    finally:
        _REACH.reset(token)


def inside_folder(folder: Path, name: str) -> Path:
    """The file that `name` (a relative URI or path of a model file) means. Raises BrokenFile where it lies outside the folder."""
    relative = unquote(name).replace("\\", "/")
    if "\0" in relative or ":" in relative or relative.startswith("/"):
        broken(f"it points at {name[:120]!r}; only files in its own folder are opened: put it there and name it relatively")
    root = folder.resolve()
    try:
        target = (root / relative).resolve()
    except (OSError, RuntimeError, ValueError):
        broken(f"it points at {name[:120]!r}, which is no name of a file here; export it again")
    if not target.is_relative_to(_reach_from(root)):
        broken(f"it points at {name[:120]!r}, outside its own folder; only files in its folder are opened: put it there")
    note(target)
    if not target.is_file():
        broken(f"it needs the file {name[:120]!r}, which is not beside it; copy that file there too")
    if target.stat().st_size > MAX_BYTES:
        broken(f"the file {name[:120]!r} it needs is over 4 GB; split the model")
    return target


def _reach_from(folder: Path) -> Path:
    """How far names in files of this folder may climb: not at all, but within the package that is being read."""
    reach = _REACH.get()
    return reach if reach is not None and folder.is_relative_to(reach) else folder


class Surroundings:
    """Where one robot's or world's file may take its meshes and models from: its folder, and packages nearby."""

    def __init__(self, file: Path) -> None:
        self._roots = _climbed(file.resolve().parent)
        self._homes: dict[Path, Path] = {}
        """The package or folder in which each file was found."""

    def home(self, file: Path) -> Path:
        """The package or folder in which `file` found a file."""
        return self._homes.get(file, file.parent)

    def file(self, folder: Path, uri: str) -> Path:
        """The file that a URI or path named by a file in `folder` means. Raises BrokenFile with one sentence."""
        scheme, name, rest = _split(uri)
        if scheme in ("package", "model") and not rest:
            broken(f"it points at {uri[:120]!r}, which names no file in {name[:60]!r}")
        if scheme in ("package", "model"):
            found = self._folder(name, scheme) or self._renamed(rest)
            if found is None:
                broken(f"it needs {uri[:120]!r}, and there is no folder {name[:60]!r} beside it; copy that package there too")
            return self._found(found, rest)
        if scheme == "file":
            return self._absolute(uri, rest)
        return self._found(*self._relative(folder, rest))

    def _found(self, root: Path, name: str) -> Path:
        target = inside_folder(root, name)
        self._homes[target] = root
        return target

    def model_folder(self, folder: Path, uri: str) -> Path:
        """The folder of an included model: model://NAME, package://NAME/…, or a path inside `folder`. Raises BrokenFile."""
        scheme, name, rest = _split(uri)
        found = self._folder(name, scheme) if scheme in ("package", "model") else self._relative(folder, rest)[0]
        inner = rest if scheme in ("package", "model") else self._relative(folder, rest)[1]
        target = None if found is None else (found / inner).resolve()
        if found is None or target is None or scheme == "file" or not target.exists():
            broken(f"the model {uri[:120]!r} is not beside it")
        if not target.is_relative_to(found):
            broken(f"it points at {uri[:120]!r}, outside its own folder; only models in its folder are opened: put it there")
        return target

    def _folder(self, name: str, scheme: str) -> Path | None:
        """The package or model folder of a name, nearest first."""
        for root in self._roots:
            for shelf in (root, root / "models") if scheme == "model" else (root,):
                found = (shelf / name).resolve()
                if found.is_dir() and found.is_relative_to(root):
                    return found
            if root.name == name or _called(root) == name:
                return root
        return None

    def _renamed(self, rest: str) -> Path | None:
        """Where a package's folder goes by another name, the one that the robot lies in, if it holds that very file."""
        own, *above = self._roots
        shelved = above[:1] if own.name.lower() in _SHELVES else []
        return next((root for root in (own, *shelved) if rest and (root / rest).is_file()), None)

    def _relative(self, folder: Path, name: str) -> tuple[Path, str]:
        """Folder and path of a relative name; one that climbs may go as far as the package that its file is in."""
        home = folder.resolve()
        if home == self._roots[0] or home.is_relative_to(self._roots[-1]):
            for root in (home, *home.parents):
                if not root.is_relative_to(self._roots[-1]) or home.relative_to(root).parts[LEVELS_UP:]:
                    break
                if _is_package(root, home):
                    inner = home.relative_to(root).as_posix()
                    return root, f"{inner}/{name}" if not name.startswith("/") else name
        return home, name

    def _absolute(self, uri: str, path: str) -> Path:
        target = Path(path).resolve()
        own = self._roots[0]
        if not target.is_relative_to(own):
            broken(f"it points at {uri[:120]!r}, outside its own folder; only files in its folder are opened: put it there")
        return inside_folder(own, target.relative_to(own).as_posix())


def _is_package(root: Path, home: Path) -> bool:
    """Whether a folder is the package of what lies in `home`: it says so itself, or is laid out as one."""
    if any((root / manifest).is_file() for manifest in _MANIFESTS):
        return True
    return root == home.parent and home.name.lower() in _SHELVES


def _split(uri: str) -> tuple[str, str, str]:
    """Scheme, name of the package or model, and path within it; of plain paths only the path. Raises BrokenFile."""
    text = unquote(uri.strip()).replace("\\", "/")
    if not text or "\0" in text or "$(" in text or "${" in text:
        broken(f"it points at {uri[:120]!r}, which is no file's name; run xacro on it first, or name the file itself")
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme in ("package", "model"):
        name, _, rest = text.partition("://")[2].partition("/")
        if name in ("", ".", ".."):
            broken(f"it points at {uri[:120]!r}, which names no package")
        return scheme, name, rest.strip("/")
    if scheme == "file":
        path = text.partition("://")[2]
        return ("file", "", path) if path.startswith("/") else ("", "", path)
    if scheme:
        broken(f"it points at {uri[:120]!r}; nothing is fetched from elsewhere: copy that beside the file and name it relatively")
    return "", "", text


def _climbed(folder: Path) -> tuple[Path, ...]:
    """The folder itself and those above it where packages may lie."""
    roots = [folder]
    for above in list(folder.parents)[:LEVELS_UP]:
        if above == Path(above.anchor) or above == _home():
            break
        roots.append(above)
    return tuple(roots)


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


def _called(folder: Path) -> str:
    """What a ROS package's own manifest calls it; a checkout's folder often has another name."""
    manifest = folder / "package.xml"
    if not manifest.is_file() or manifest.stat().st_size > 1 << 20:
        return ""
    found = _PACKAGE_NAME.search(manifest.read_bytes())
    return "" if found is None else found.group(1).decode("utf-8", "replace")
