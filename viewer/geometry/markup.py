"""What scenes and robots in XML have in common: what a file is by its first element, words, numbers and lists of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.xml import XmlLimits, tree_of_xml

LIMITS = XmlLimits(depth=160)
"""Scene trees within the XML are bounded by 64 where they are walked; each of their levels may be two elements."""
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")


def root_tag(head: bytes) -> str:
    """The name of the first element in a file's first bytes, without its prefix; empty where it is no XML."""
    text = _as_ascii(head).lstrip()
    if not text.startswith(b"<"):
        return ""
    text = re.sub(rb"<!--.*?(-->|\Z)|<\?.*?(\?>|\Z)|<!DOCTYPE.*?(>|\Z)", b"", text, flags=re.DOTALL)
    found = _ROOT.search(text)
    return "" if found is None else found.group(2).decode("ascii", "replace")


def read_robot_markup(path: Path, job: Job) -> Element:
    """The root element of a robot's or world's file. Raises BrokenFile, OSError, Cancelled.

    Names stay as they are written: ROS and Gazebo know no namespaces, so files use prefixes that they never declare.
    """
    return tree_of_xml(path, limits=LIMITS, job=job, namespaces=False)


def read_markup(path: Path, job: Job) -> Element:
    """The root element of a file; tags in the root's own namespace stand without it. Raises BrokenFile, OSError, Cancelled."""
    root = tree_of_xml(path, limits=LIMITS, job=job)
    own = root.tag[: root.tag.find("}") + 1]
    if own:
        for element in root.iter():
            element.tag = element.tag.removeprefix(own)
    return root


def text_of(element: Element | None, default: str = "") -> str:
    """The words between an element's tags; the default where there is no element."""
    return default if element is None else (element.text or "").strip()


def numbers(text: str | None, count: int, what: str) -> tuple[float, ...]:
    """Exactly `count` finite numbers. Raises BrokenFile naming `what`."""
    words = (text or "").split()
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        broken(f"{what} is {(text or '')[:60]!r}, expected {count} numbers; export it again")
    if len(values) != count or not all(np.isfinite(values)):
        broken(f"{what} is {(text or '')[:60]!r}, expected {count} finite numbers; export it again")
    return values


def float_array(text: str | None, what: str) -> NDArray[np.float64]:
    """(n,) numbers of a long list; they may be infinite. Raises BrokenFile naming `what`."""
    try:
        return np.array((text or "").split(), dtype=np.float64)
    except ValueError as error:
        broken(f"{what} holds something that is no number ({str(error)[:80]}); export it again")


def int_array(text: str | None, what: str) -> NDArray[np.int64]:
    """(n,) whole numbers of a long list. Raises BrokenFile naming `what`."""
    try:
        return np.array((text or "").split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        broken(f"{what} holds something that is no whole number ({str(error)[:80]}); export it again")


def named(root: Element, tag: str) -> Iterator[Element]:
    """Direct children of one tag, in order."""
    return (child for child in root if child.tag == tag)


def _as_ascii(head: bytes) -> bytes:
    """What can be read of UTF-16, and text without a byte order mark."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf")
