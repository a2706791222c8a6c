"""Where links, joints and frames of an SDF model stand: poses given relative to one another, resolved (SDFormat, pose frames)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from viewer.base.frames import IDENTITY, Pose
from viewer.geometry.broken import broken
from viewer.geometry.markup import named, text_of
from viewer.geometry.sdf.models import Scope
from viewer.geometry.sdf.words import needed_name, pose_of, relative_to

ROOTS = ("__model__", "__root__", "world", "")


class Frames:
    """The frames of one model or world. Poses are of the holder: model_from_frame."""

    def __init__(self, holder: Element, children: Iterable[Scope], name: str) -> None:
        self._called = name
        self._given: dict[str, tuple[str, Pose]] = {}
        self._attached: dict[str, str] = {}
        self._inner = {scope.name: Frames(scope.element, scope.children, scope.name) for scope in children}
        self._scopes = {scope.name: scope for scope in children}
        self._known: dict[str, Pose] = {}
        self._asked: set[str] = set()
        self._take(holder)

    def inner(self, child: str) -> Frames:
        """Those of a nested model."""
        return self._inner[child]

    def has(self, name: str) -> bool:
        """Whether a name, scoped with :: or not, is known here."""
        first, _, rest = name.partition("::")
        if rest and first in self._inner:
            return self._inner[first].has(rest)
        return name in ROOTS or name in self._given or name in self._inner

    def pose(self, name: str) -> Pose:
        """model_from_frame. Raises BrokenFile where the name is unknown or its poses go round."""
        if name in ROOTS:
            return IDENTITY
        if name in self._known:
            return self._known[name]
        if name in self._asked:
            broken(f"the pose of {name!r} in {self._called!r} is given relative to itself; mend its relative_to")
        if len(self._asked) > 500:
            broken(f"the poses in {self._called!r} are given relative to one another more than 500 deep; mend relative_to")
        self._asked.add(name)
        self._known[name] = self._resolved(name)
        self._asked.discard(name)
        return self._known[name]

    def link_of(self, name: str) -> str:
        """The scoped name of the link that a link, frame or nested model of this name is; empty: the world. Raises BrokenFile."""
        seen: set[str] = set()
        while name in self._attached and name not in seen:
            seen.add(name)
            name = self._attached[name]
        if name in ("world", "__model__", "__root__"):
            return "" if name == "world" else self._first_link()
        first, _, rest = name.partition("::")
        if first in self._inner:
            below = self._inner[first].link_of(rest or "__model__")
            return f"{first}::{below}" if below else ""
        return name

    def _first_link(self) -> str:
        """The canonical link, which a model's own frame is attached to."""
        return self._canonical or next((name for name in self._links), "")

    def _take(self, holder: Element) -> None:
        self._links = dict.fromkeys(needed_name(one, "link") for one in named(holder, "link"))
        self._canonical = holder.get("canonical_link", "")
        for tag in ("link", "frame", "joint"):
            for element in named(holder, tag):
                name, pose = needed_name(element, tag), element.find("pose")
                usual = ""
                if tag == "frame":
                    usual = self._attached[name] = element.get("attached_to", "").strip()
                    if not usual:
                        self._attached.pop(name)
                elif tag == "joint":
                    usual = text_of(element.find("child"))
                if name in self._given and tag == "link":
                    broken(f"there are two links named {name!r} in {self._called!r}; rename one")
                self._given.setdefault(name, (relative_to(pose) or usual, pose_of(pose, f"{tag} {name!r}")))

    def _resolved(self, name: str) -> Pose:
        first, _, rest = name.partition("::")
        if name in self._given:
            base, pose = self._given[name]
            return self.pose(base) @ pose
        if first not in self._inner:
            broken(f"{self._called!r} names the frame {name[:80]!r}, which it does not have; mend the name")
        if rest:
            return self.pose(first) @ self._inner[first].pose(rest)
        scope, inside = self._scopes[first], self._inner[first]
        placed = self.pose(relative_to(scope.pose)) @ pose_of(scope.pose, f"model {first!r}")
        return placed @ inside.pose(scope.placement).inverse() if scope.placement else placed
