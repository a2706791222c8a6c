"""`genchi snapshot`: one picture of a scene, with its plant run for a while before, and no display."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from viewer.base.clock import SystemClock
from viewer.base.errors import Fault, UserMistake
from viewer.base.job import Job
from viewer.geometry.scene import LoadedScene, load_twin
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.overlays import OverlayFrame

CONNECT_S = 20.0


def snapshot_scene(
    scene: Path,
    output: Path,
    *,
    size: tuple[int, int],
    view: str | None,
    live_s: float,
    theme: str,
    seed: int,
    unit: str | None,
    job: Job,
) -> dict[str, Any]:
    """Draw `scene` to the PNG `output`; what was drawn, as --json prints it.

    With `live_s` over zero the scene's own gateway and simulated devices run for that long first, as they do in the window.
    Raises UserMistake for a bad scene, view or place to write; Fault where nothing can be drawn here.
    """
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise UserMistake(f"the picture can't be written there; name a file in a folder that exists: {output}")
    loaded = load_twin(scene, job=job, unit=unit)
    overlay = ChannelOverlay(loaded.twin)
    frame = _live_frame(scene, loaded, overlay, live_s, seed) if live_s > 0.0 else None
    from viewer.render.snapshot import save_png, snapshot

    picture = snapshot(loaded.twin, size, view=view, plan=overlay.plan, frame=frame, theme=theme)
    save_png(picture, output)
    return {
        "picture": str(output),
        "width": int(picture.shape[1]),
        "height": int(picture.shape[0]),
        "drawn_parts": sum(node.part is not None for node in loaded.twin.nodes.values()),
        "channels_with_values": 0 if frame is None else int((frame.label_condition == 0).sum()),
        "warnings": list(loaded.warnings),
    }


def _live_frame(scene: Path, loaded: LoadedScene, overlay: ChannelOverlay, live_s: float, seed: int) -> OverlayFrame:
    if not loaded.document.simulation:
        raise UserMistake(
            f"this scene has no plant that could run; leave --live out, or name a scene with a [simulation] table: {scene}"
        )
    clock = SystemClock()
    with _running_feed(scene, seed, clock) as feed:
        threading.Event().wait(live_s)  # the time that was asked for
        latest = feed.store.latest(overlay.channels)
        return overlay.frame(latest.values, latest.condition, clock.now_ns())


@contextlib.contextmanager
def _running_feed(scene: Path, seed: int, clock: SystemClock) -> Generator[LiveFeed]:
    """A gateway of the scene's own and a feed that is live; both are gone afterwards."""
    from viewer.edge.local import LocalGateway

    gateway = LocalGateway.start(scene, seed=seed)
    try:
        feed = LiveFeed(gateway.endpoint, gateway.server_key, client_keys(), clock)
        feed.start()
        try:
            if not feed.wait_for(lambda status: status.state == "live", CONNECT_S):
                raise Fault(f"the scene's gateway did not answer within {CONNECT_S:.0f} s: {feed.status().sentence}")
            yield feed
        finally:
            feed.stop()
    finally:
        gateway.stop()
