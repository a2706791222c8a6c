"""The command line: one verb per function, errors as one sentence on standard error, exit 2 for bad input and 1 for a fault."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from viewer import __version__
from viewer.base.errors import Cancelled, GenchiError, UserMistake
from viewer.base.paths import bundled
from viewer.cli_command import add_command_verbs, add_limits_verbs
from viewer.cli_job import TerminalJob
from viewer.cli_keys import Answer, add_verbs
from viewer.cli_rules import add_rule_verbs

Arguments = argparse.Namespace
DEMO_SCENE = "battery_line"
_GROUPS = (
    ("keys", "who may connect and sign", add_verbs),
    ("rules", "edge rules: read, tried on history, armed", add_rule_verbs),
    ("command", "set-points, moved by signed commands", add_command_verbs),
    ("limits", "what can be commanded at all; a change takes two engineers", add_limits_verbs),
)


class _Parser(argparse.ArgumentParser):
    """Bad arguments are a user's mistake: one sentence, exit 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"genchi: {message}; see {self.prog} --help\n")


def _print_result(arguments: Arguments, result: Mapping[str, Any], text: str) -> None:
    print(json.dumps(result, ensure_ascii=False) if arguments.json else text)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit() and 16 <= int(width) <= 16384 and 16 <= int(height) <= 16384):
        raise argparse.ArgumentTypeError(f"a size looks like 1920x1080, not «{text}»")
    return int(width), int(height)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1e7:
        raise argparse.ArgumentTypeError(f"a number of seconds is needed, not «{text}»")
    return value


def _scene_path(text: str) -> Path:
    """An absolute path (it is remembered among the recent ones), or the name of a bundled scene."""
    path = Path(text).absolute()
    if not path.exists() and "/" not in text and (bundled("scenes") / text).is_dir():
        return bundled("scenes") / text
    if not path.exists():
        raise UserMistake(f"there is no such scene or file; name a scene folder, a geometry file or a bundled scene: {text}")
    return path


# --- Verbs that open the window ------------------------------------------------------------------------------------


def _open(arguments: Arguments) -> int:
    return _window(arguments, _scene_path(arguments.scene) if arguments.scene else None)


def _demo(arguments: Arguments) -> int:
    return _window(arguments, bundled("scenes") / DEMO_SCENE)


def _window(arguments: Arguments, scene: Path | None) -> int:
    from viewer.app import Opening, open_window

    return open_window(
        Opening(
            scene=scene,
            unit=arguments.unit,
            room=arguments.room,
            close_after_s=arguments.close_after_s,
            shot=Path(arguments.shot) if arguments.shot else None,
            endpoints=tuple(arguments.connect),
            seed=arguments.seed,
            examine=_examine,
        )
    )


def _examine() -> list[Any]:
    from viewer.cli_doctor import examine

    return list(examine())


# --- Verbs without a window ----------------------------------------------------------------------------------------


def _inspect(arguments: Arguments) -> int:
    from viewer.geometry.inspect import format_inspection, inspect_file

    result = inspect_file(Path(arguments.file), unit=arguments.unit, job=TerminalJob())
    _print_result(arguments, result, format_inspection(result))
    return 0


def _snapshot(arguments: Arguments) -> int:
    from viewer.cli_snapshot import snapshot_scene

    result = snapshot_scene(
        _scene_path(arguments.scene),
        Path(arguments.output),
        size=arguments.size,
        view=arguments.view,
        live_s=arguments.live,
        theme=arguments.theme,
        seed=arguments.seed,
        unit=arguments.unit,
        job=TerminalJob(),
    )
    _print_result(
        arguments, result, f"{result['picture']}: {result['width']} x {result['height']}, {result['drawn_parts']} parts"
    )
    return 0


def _export(arguments: Arguments) -> int:
    from viewer.cli_export import export_scene

    result = export_scene(_scene_path(arguments.scene), Path(arguments.output), unit=arguments.unit, job=TerminalJob())
    text = f"{result['file']}: {result['instances']} instances of {result['meshes']} meshes, {result['bytes'] / 1e6:.1f} MB"
    _print_result(arguments, result, "\n".join([text, *result["warnings"]]))
    return 0


def _edge(arguments: Arguments) -> int:
    if arguments.config == "browse" or arguments.more:
        from viewer.cli_edge import browse_words

        _print_result(arguments, *browse_words(arguments.config, arguments.more))
        return 0
    from viewer.edge.config import GatewayConfig, load_config
    from viewer.edge.main import run_gateway

    given = Path(arguments.config) if arguments.config else bundled("scenes") / DEMO_SCENE
    config = GatewayConfig.for_scene(given, seed=arguments.seed) if given.is_dir() else load_config(given)
    return run_gateway(config, json_lines=arguments.json)


def _tap(arguments: Arguments) -> int:
    from viewer.live.tap import tap

    samples = tap(arguments.endpoint, count=arguments.count, glob=arguments.channel)
    if arguments.json and arguments.count is not None:
        print(json.dumps({"samples": list(samples)}))
        return 0
    for sample in samples:  # without an end there is no one object: one a line
        line = json.dumps(sample) if arguments.json else _sample_line(sample)
        print(line, flush=True)
    return 0


def _sample_line(sample: Mapping[str, Any]) -> str:
    value = "–" if sample["value"] is None else f"{sample['value']:g}"
    return f"{sample['t']}  {sample['channel']}  {value} {sample['unit']}  {sample['quality']}"


def _study_list(arguments: Arguments) -> int:
    from viewer.cli_study import list_studies

    studies = list_studies()
    _print_result(arguments, {"studies": studies}, _table(studies, ("id", "title", "description")))
    return 0


def _study_run(arguments: Arguments) -> int:
    from viewer.cli_study import run_study, settings_of

    summary = run_study(
        arguments.id,
        scene=_scene_path(arguments.scene) if arguments.scene else None,
        input_path=Path(arguments.input) if arguments.input else None,
        settings=settings_of(arguments.set),
        output=Path(arguments.output) if arguments.output else None,
        seed=arguments.seed,
        job=TerminalJob(),
    )
    _print_result(arguments, summary, json.dumps(summary, indent=2, ensure_ascii=False))
    return 0


def _plugin_list(arguments: Arguments) -> int:
    from viewer.cli_study import list_plugins

    plugins = list_plugins()
    _print_result(arguments, {"plugins": plugins}, _table(plugins, ("id", "version", "state", "reason")))
    return 0


def _answering(answer: Callable[[Arguments], Answer]) -> Callable[[Arguments], int]:
    """A verb that prints an answer; one that found something wrong (`ok` is false) exits with 1."""

    def run(arguments: Arguments) -> int:
        result, text = answer(arguments)
        _print_result(arguments, result, text)
        return 0 if result.get("ok", True) else 1

    return run


def _doctor(arguments: Arguments) -> int:
    from viewer.cli_doctor import examine

    findings = examine(Path(arguments.config) if arguments.config else None)
    well = all(f["ok"] for f in findings)
    _print_result(arguments, {"ok": well, "findings": findings}, "\n".join(map(_finding_line, findings)))
    return 0 if well else 1


def _finding_line(finding: Mapping[str, Any]) -> str:
    line = f"{'ok  ' if finding['ok'] else 'MEND'}  {finding['what']}: {finding['found']}"
    return line if finding["ok"] else f"{line}\n      {finding['mend']}"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    widths = [max([len(c), *(len(str(row.get(c, ""))) for row in rows)]) for c in columns]
    lines = [[c.upper() for c in columns], *([str(row.get(c, "")) for c in columns] for row in rows)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


# --- Arguments -----------------------------------------------------------------------------------------------------


def _window_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--room", choices=("workstation",), default="workstation", help="how the window is furnished")
    parser.add_argument(
        "--for", dest="close_after_s", type=_seconds, metavar="SECONDS", help="close by itself so long after the scene is shown"
    )
    parser.add_argument("--shot", metavar="PNG", help="save what the window shows just before it closes")
    parser.add_argument("--connect", action="append", default=[], metavar="ENDPOINT", help="listen there; may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="of the scene's simulated plant")
    parser.set_defaults(unit=None)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="genchi", description="A living 3D twin of a plant and its product. Without a verb: the demo.")
    parser.add_argument("--version", action="version", version=f"genchi {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    def verb(
        name: str, run: Callable[[Arguments], int], text: str, *, prints: bool = True, of: Any = verbs
    ) -> argparse.ArgumentParser:
        one = of.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        if prints:
            one.add_argument("--json", action="store_true", help="print one JSON object")
        return one

    one = verb("open", _open, "open the window", prints=False)
    one.add_argument("scene", nargs="?", help="a scene folder, a geometry file, or a bundled scene's name")
    _window_options(one)
    one.add_argument("--unit", help="length unit of a file that names none: mm, m, inch …")

    one = verb("demo", _demo, "the bundled plant with its gateway and simulated devices, live", prints=False)
    _window_options(one)

    one = verb("inspect", _inspect, "what a geometry or scene file holds")
    one.add_argument("file")
    one.add_argument("--unit", help="length unit of a file that names none: mm, m, inch …")

    one = verb("snapshot", _snapshot, "draw one picture; no window and no display needed")
    one.add_argument("scene")
    one.add_argument("-o", "--output", required=True, metavar="PNG")
    one.add_argument("--size", type=_size, default=(1920, 1080), metavar="WxH")
    one.add_argument("--view", help="a saved view's name, or top, front, right, iso …")
    one.add_argument("--live", type=_seconds, default=0.0, metavar="SECONDS", help="let its plant run so long before the picture")
    one.add_argument("--theme", choices=("dark", "light"), default="dark")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--unit", help="length unit of a file that names none")

    one = verb("export", _export, "write a scene or geometry file as one GLB")
    one.add_argument("scene")
    one.add_argument("-o", "--output", required=True, metavar="GLB")
    one.add_argument("--unit", help="length unit of a file that names none")

    one = verb("edge", _edge, "run a gateway")
    one.add_argument("config", nargs="?", help="its TOML file, or a scene folder; without it the demo's plant")
    one.add_argument("more", nargs="*", help="of «browse»: CONFIG SOURCE [PATH] shows what a source of that file offers")
    one.add_argument("--seed", type=int, default=1, help="of a simulated plant")

    one = verb("tap", _tap, "print live samples")
    one.add_argument("endpoint", nargs="?", help="of a gateway; without it the one that runs here")
    one.add_argument("--count", type=int, default=None, help="stop after so many samples")
    one.add_argument("--channel", default="*", metavar="GLOB", help="only these channels, e.g. 'st080.*'")

    study = verbs.add_parser("study", help="what-if studies").add_subparsers(dest="what", required=True, parser_class=_Parser)
    verb("list", _study_list, "the studies that plugins bring", of=study)
    one = verb("run", _study_run, "run a study", of=study)
    one.add_argument("id")
    one.add_argument("--scene", help="the scene it studies")
    one.add_argument("--input", metavar="FILE", help="its parameters as a file")
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one parameter; may be repeated")
    one.add_argument("-o", "--output", metavar="DIR", help="where to keep inputs and results")
    one.add_argument("--seed", type=int, default=1)

    plugin = verbs.add_parser("plugin", help="plugins").add_subparsers(dest="what", required=True, parser_class=_Parser)
    verb("list", _plugin_list, "the plugins that were found, and why one does not run", of=plugin)

    for name, text, add_group in _GROUPS:
        group = verbs.add_parser(name, help=text).add_subparsers(dest="what", required=True, parser_class=_Parser)
        add_group(lambda name, answer, text, group=group: verb(name, _answering(answer), text, of=group))

    doctor = verb("doctor", _doctor, "graphics, keys, ports, gateways, plugins: what is wrong, and the mend")
    doctor.add_argument("config", metavar="CONFIG", nargs="?", help="a gateway's configuration to look at too")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; the exit code."""
    words = list(sys.argv[1:] if words is None else words)
    arguments = _parser().parse_args(words or ["demo"])
    if not hasattr(arguments, "run"):
        arguments = _parser().parse_args(["demo", *words])
    try:
        return arguments.run(arguments)
    except UserMistake as mistake:
        print(f"genchi: {mistake}", file=sys.stderr)
        return 2
    except (Cancelled, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us is gone; nobody is left to tell
        return 0
    except GenchiError as fault:
        print(f"genchi: {fault}", file=sys.stderr)
        return 1
    except Exception as fault:  # noqa: BLE001  (the process's own boundary: record, one sentence, exit 1)
        traceback.print_exc()
        print(f"genchi: a fault of the program: {fault}", file=sys.stderr)
        return 1
