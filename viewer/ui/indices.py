"""What Qt asks an item model with: the index of a row and column, and the one that means the top level."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

Index = QModelIndex | QPersistentModelIndex
TOP: Final[Index] = QModelIndex()
"""Qt's own default for a parent; an index has nothing that could be changed, so that one serves all."""
