"""Edges that pull at a dragged thing: they win over the grid when they are near, and only then."""

import numpy as np
import pytest

from viewer.render.dragging import edge_pull

BOX = np.array([[0.0, 0.0], [1.0, 1.0]])


def pulled(shift: tuple[float, float], *neighbours: tuple[float, float, float, float]) -> list[float]:
    """Where the box's low corner ends, from a grid of 0.1 m."""
    wanted = np.array(shift)
    grid = np.round(wanted / 0.1) * 0.1
    boxes = np.array(neighbours).reshape(-1, 2, 2)
    return (grid + edge_pull(BOX, wanted, boxes, grid)).tolist()


def test_that_nothing_pulls_where_nobody_is_near() -> None:
    assert pulled((2.04, 0.0)) == pytest.approx([2.0, 0.0])
    assert pulled((2.04, 0.0), (9.0, 9.0, 10.0, 10.0)) == pytest.approx([2.0, 0.0])


def test_that_an_edge_pulls_harder_than_the_grid() -> None:
    assert pulled((2.04, 0.0), (3.17, 0.0, 4.0, 1.0)) == pytest.approx([2.17, 0.0])  # its right edge onto the neighbour's left


def test_that_an_edge_further_than_the_reach_leaves_it_to_the_grid() -> None:
    assert pulled((2.04, 0.0), (3.20, 0.0, 4.0, 1.0)) == pytest.approx([2.0, 0.0])


def test_that_an_axis_that_is_not_dragged_is_left_alone() -> None:
    assert pulled((2.04, 0.0), (3.17, 0.03, 4.0, 1.03))[1] == 0.0
