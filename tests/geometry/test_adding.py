"""A file that joins a scene: one step to undo, saved into the scene's folder, and the same when that is opened again."""

from pathlib import Path

import numpy as np
import pytest

from tests.geometry.glb import glb
from viewer.app_files import SceneFiles
from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.base.job import SilentJob
from viewer.twin.difference import same
from viewer.twin.document import Document
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.kinematics import bounds_in_world
from viewer.twin.model import Twin


@pytest.fixture
def files() -> SceneFiles:
    return SceneFiles(lambda _path: None)


def scene(folder: Path) -> Path:
    """A scene with nothing in it but a floor's node."""
    folder.mkdir(parents=True)
    (folder / "scene.toml").write_text('[scene]\nschema = 1\nname = "Cell"\n\n[[node]]\nid = "floor"\nname = "Floor"\n')
    return folder


def opened(files: SceneFiles, path: Path) -> Document:
    document = files.open(path, None, SilentJob(), Twin()).document
    assert document is not None
    return document


def box(path: Path) -> Path:
    """An OBJ of a box 2 x 1 x 1 whose lowest corner is the origin, with its materials beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    corners = [(x, y, z) for x in (0, 2) for y in (0, 1) for z in (0, 1)]
    faces = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"]
    lines = ["mtllib box.mtl", "o Box", "usemtl red", *(f"v {x} {y} {z}" for x, y, z in corners), *(f"f {f}" for f in faces)]
    path.write_text("\n".join(lines))
    (path.parent / "box.mtl").write_text("newmtl red\nKd 1 0 0\n")
    return path


def test_that_a_scene_is_not_added_to_a_scene(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    with pytest.raises(UserMistake, match="a scene can't be added"):
        files.add(document, scene(tmp_path / "other"), None, None, SilentJob())


def test_that_adding_is_one_step_and_its_undo_leaves_nothing(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    before = document.twin
    added = files.add(document, box(tmp_path / "box.obj"), "m", None, SilentJob())
    document.apply(added.edit)
    assert document.undo_title == "Add box.obj"
    assert len(document.twin.parts) == 1
    document.undo()
    assert same(document.twin, before)
    document.redo()
    assert added.node in document.twin.nodes


def test_that_it_stands_with_the_middle_of_its_underside_at_the_point(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    added = files.add(document, box(tmp_path / "box.obj"), "m", (10.0, 20.0, 0.0), SilentJob())
    document.apply(added.edit)
    np.testing.assert_allclose(bounds_in_world(document.twin, [added.node]), [[9, 19.5, 0], [11, 20.5, 1]])


def test_that_the_same_file_can_be_added_twice(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    nodes = []
    for _ in range(2):
        added = files.add(document, box(tmp_path / "box.obj"), "m", None, SilentJob())
        document.apply(added.edit)
        nodes.append(added.node)
    assert nodes == ["box", "box~2"]


@pytest.mark.parametrize("saved_as", [False, True])
def test_that_a_saved_scene_has_the_file_and_is_the_same_again(files: SceneFiles, tmp_path: Path, saved_as: bool) -> None:
    document = opened(files, scene(tmp_path / "s"))
    added = files.add(document, box(tmp_path / "far" / "box.obj"), "m", (1.0, 2.0, 0.0), SilentJob())
    document.apply(added.edit)
    document.apply(MoveNode(NodeId("box.Box"), document.twin.nodes[NodeId("box.Box")].parent_from_node.moved_to((0.5, 0, 0))))
    folder = files.save(document, tmp_path / "copy" if saved_as else None, SilentJob())
    assert (folder / "geometry" / "box" / "box.mtl").is_file()
    again = opened(files, folder)
    assert set(again.twin.nodes) == set(document.twin.nodes)
    assert {k: (n.name, n.parent, n.part) for k, n in again.twin.nodes.items()} == {
        k: (n.name, n.parent, n.part) for k, n in document.twin.nodes.items()
    }
    for node in document.twin.nodes:
        np.testing.assert_allclose(bounds_in_world(again.twin, [node]), bounds_in_world(document.twin, [node]), atol=1e-9)
    assert again.twin.parts[next(iter(again.twin.parts))].colour == (255, 0, 0)


def test_that_an_addition_undone_after_saving_goes_from_the_files_too(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    document.apply(files.add(document, box(tmp_path / "box.obj"), "m", None, SilentJob()).edit)
    files.save(document, None, SilentJob())
    document.undo()
    folder = files.save(document, None, SilentJob())
    assert set(opened(files, folder).twin.nodes) == {"floor"}
    document.redo()
    files.save(document, None, SilentJob())
    assert set(opened(files, folder).twin.nodes) == {"floor", "box", "box.Box"}


def test_that_what_was_undone_is_not_saved(files: SceneFiles, tmp_path: Path) -> None:
    document = opened(files, scene(tmp_path / "s"))
    document.apply(files.add(document, box(tmp_path / "box.obj"), "m", None, SilentJob()).edit)
    document.undo()
    folder = files.save(document, None, SilentJob())
    assert not (folder / "geometry").exists()


def test_that_a_single_file_becomes_a_scene_when_saved_in_a_folder(files: SceneFiles, tmp_path: Path) -> None:
    one = tmp_path / "truck.glb"
    one.write_bytes(glb())
    document = opened(files, one)
    with pytest.raises(UserMistake, match="Save as"):
        files.save(document, None, SilentJob())
    document.apply(files.add(document, box(tmp_path / "box.obj"), "m", None, SilentJob()).edit)
    again = opened(files, files.save(document, tmp_path / "new", SilentJob()))
    assert set(again.twin.nodes) == set(document.twin.nodes)
