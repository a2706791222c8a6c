"""All PMI of a STEP file put on the parts: entries with their faces, and how many of those in the file were read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from immutables import Map

from viewer.base.ids import PartId
from viewer.base.job import Job
from viewer.geometry.model import PmiCounts
from viewer.geometry.step.document import StepDocument
from viewer.geometry.step.exchange import Exchange, read_exchange
from viewer.geometry.step.pmi import datums
from viewer.geometry.step.pmi.dimensions import KINDS, Dimensions
from viewer.geometry.step.pmi.draft import Draft
from viewer.geometry.step.pmi.faces import PartFaces, faces_of_instances
from viewer.geometry.step.pmi.features import Features
from viewer.geometry.step.pmi.labels import pmi_counts
from viewer.geometry.step.pmi.symbols import TOLERANCES
from viewer.geometry.step.pmi.tolerances import Tolerances
from viewer.twin.parts import Mesh, Part
from viewer.twin.pmi import PmiEntry

_SIGNS = re.compile(rb"_TOLERANCE\b|DIMENSIONAL_|ANGULAR_(?:SIZE|LOCATION)|=\s*DATUM\s*\(")
WANTED = re.compile(
    rb"\w*(?:TOLERANCE|DATUM|DIMENSION|SHAPE_ASPECT|ZONE)\w*|ANGULAR_(?:SIZE|LOCATION)|\w*RELATIONSHIP|\w*MEASURE_WITH_UNIT"
    rb"|\w*(?:_UNIT|REPRESENTATION_ITEM|_QUALIFIER|SPECIFIC_USAGE|REPRESENTATION_USAGE)|LIMITS_AND_FITS"
    rb"|PROPERTY_DEFINITION(?:_REPRESENTATION)?|(?:SHAPE_(?:DEFINITION_)?)?REPRESENTATION|PRODUCT_DEFINITION_SHAPE",
    re.IGNORECASE,
)


READ = "PMI"
"""The property of a part that says how much was read; the window's list shows it."""


@dataclass(slots=True)
class FilePmi:
    """What became of a file's PMI."""

    counts: PmiCounts
    of_part: dict[PartId, tuple[PmiEntry, ...]] = field(default_factory=dict[PartId, tuple[PmiEntry, ...]])

    def put_on(self, part: Part) -> Part:
        """The part with its entries, and with how many of the file's were read as its property «PMI»."""
        own = self.of_part.get(part.id)
        if not own:
            return part
        told = Map({**part.properties, READ: in_words(self.counts)})
        return replace(part, pmi=own, properties=told)


def pmi_of(path: Path, document: StepDocument, products: Mapping[PartId, tuple[Part, Any]], job: Job) -> FilePmi:
    """The PMI of a file whose parts and shapes are made. Raises OSError."""
    labels = pmi_counts(document)
    if not has_pmi(path):
        return FilePmi(labels)
    job.progress(0.96, "reading dimensions and tolerances")
    exchange = read_exchange(path, WANTED)
    try:
        drafts = drafts_of(exchange)
    except (TypeError, ValueError, LookupError, AttributeError) as error:  # instances of a form that no schema has
        job.warn(f"its dimensions and tolerances are damaged ({type(error).__name__}) and left out; the shapes are whole")
        drafts = []
    ids = list(products)
    shapes = {number: products[part][1] for number, part in enumerate(ids)}
    wanted = {item for draft in drafts for item in draft.items}
    faces, has_all = faces_of_instances(document, exchange, wanted, shapes)
    if not has_all:
        job.warn("the model is so large that not all faces of its dimensions and tolerances were looked up")
    placed = _placed(drafts, faces, [products[part][0] for part in ids])
    found = FilePmi(_counts(labels, exchange, [draft for of_part in placed.values() for draft in of_part]))
    for number, own in placed.items():
        part = products[ids[number]][0]
        found.of_part[ids[number]] = tuple(_entry(draft, faces.get(number, {}), part.mesh) for draft in own)
    return found


def in_words(counts: PmiCounts) -> str:
    """«8 of 12 dimensions, 6 of 6 tolerances, 3 of 3 datums»; kinds that the file has none of are passed over."""
    kinds = ("dimensions", "tolerances", "datums")
    pairs = [(kind, getattr(counts, f"{kind}_read"), getattr(counts, f"{kind}_in_file")) for kind in kinds]
    return ", ".join(f"{read} of {of} {kind}" for kind, read, of in pairs if of)


def has_pmi(path: Path) -> bool:
    """Whether any word of PMI is in the file: most files have none, and need no second reading."""
    with path.open("rb") as file:
        before = b""
        while block := file.read(1 << 22):
            if _SIGNS.search(before + block):
                return True
            before = block[-64:]
    return False


def drafts_of(exchange: Exchange) -> list[Draft]:
    """Every entry that can be understood: dimensions, tolerances, datums, each in the file's order."""
    features = Features(exchange)
    dimensions = Dimensions(exchange, features)
    tolerances = Tolerances(exchange, features, dimensions)
    return [*dimensions.drafts(), *tolerances.drafts(), *datums.drafts(exchange, features)]


def _counts(labels: PmiCounts, exchange: Exchange, read: list[Draft]) -> PmiCounts:
    number = Counter(draft.kind for draft in read)
    return PmiCounts(
        labels.dimensions, labels.tolerances, labels.datums,
        exchange.count(KINDS), exchange.count(TOLERANCES), exchange.count(("DATUM", *datums.TARGETS)),
        number["dimension"], number["tolerance"], number["datum"],
    )  # fmt: skip


def _placed(drafts: list[Draft], faces: PartFaces, parts: list[Part]) -> dict[int, list[Draft]]:
    """Drafts by the part that has most of their faces; those without faces go where others of the same product went."""
    placed: dict[int, list[Draft]] = defaultdict(list)
    of_shape: dict[int | None, Counter[int]] = defaultdict(Counter)
    chosen: list[int | None] = []
    for draft in drafts:
        hits = {part: sum(item in own for item in draft.items) for part, own in faces.items()}
        best = max(hits, key=lambda part: hits[part], default=None)
        chosen.append(best if best is not None and hits[best] else None)
        if chosen[-1] is not None:
            of_shape[draft.shape][chosen[-1]] += 1
    with_surface = [number for number, part in enumerate(parts) if len(part.mesh.triangles)]
    largest = max(with_surface, key=lambda n: len(parts[n].mesh.triangles), default=None)
    for draft, part in zip(drafts, chosen, strict=True):
        same = of_shape.get(draft.shape)
        part = part if part is not None else same.most_common(1)[0][0] if same else largest
        if part is not None:
            placed[part].append(draft)
    return placed


def _entry(draft: Draft, faces: Mapping[int, list[int]], mesh: Mesh) -> PmiEntry:
    numbers = tuple(sorted({face for item in draft.items for face in faces.get(item, ())}))
    return PmiEntry(
        f"#{draft.id}", draft.kind, draft.type, draft.text, draft.name, draft.nominal, draft.plus, draft.minus, draft.value,
        draft.unit, tuple(draft.modifiers), draft.datums, numbers, _point(mesh, numbers),
    )  # fmt: skip


def _point(mesh: Mesh, faces: tuple[int, ...]) -> tuple[float, float, float] | None:
    """The middle of the triangle nearest to the middle of the largest of these faces; always on the surface."""
    if not faces or mesh.face_of_triangle is None:
        return None
    rows = np.flatnonzero(np.isin(mesh.face_of_triangle, faces))
    if not len(rows):
        return None
    corners = mesh.points_in_part[mesh.triangles[rows]]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    of_face = np.bincount(mesh.face_of_triangle[rows], areas)
    own = mesh.face_of_triangle[rows] == int(of_face.argmax())
    middles, weights = corners[own].mean(axis=1), np.maximum(areas[own], 1e-30)
    centre = np.average(middles, axis=0, weights=weights)
    x, y, z = middles[int(((middles - centre) ** 2).sum(axis=1).argmin())].tolist()
    return (x, y, z)
