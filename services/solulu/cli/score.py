"""`solulu score`: a benchmark's official metrics over predictions made elsewhere. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from solulu.cli.output import Json, emit

app = typer.Typer(help="Score predictions as a public benchmark does.", no_args_is_help=True)


@app.callback()
def _callback() -> None:
    """Keeps `delulu` a command of its own, although it is the only one yet."""


@app.command()
def delulu(
    data: Annotated[Path, typer.Option(help="Delulu's CSV.", show_default=False)],
    predictions: Annotated[
        Path, typer.Option(help="CSV with the columns benchmark_id and model_completion.", show_default=False)
    ],
    limit: Annotated[int, typer.Option(min=0, help="Only the first predictions; 0 takes all.")] = 0,
    json: Json = None,
) -> None:
    """Delulu's metrics to the last digit, with intervals beside them."""
    from solulu.evaluator.delulu import score

    result = score(data, predictions, limit)
    emit(result, json, _summary(result))


def _summary(result: dict[str, Any]) -> str:
    lines = [f"{name:<24} {_figure(value)}" for name, value in result["overall"].items()]
    for group in ("by_language", "by_type"):
        lines.append(group)
        for name, figures in result[group].items():
            shown = ", ".join(f"{metric} {_figure(value)}" for metric, value in figures.items())
            lines.append(f"  {name:<22} {shown}")
    return "\n".join(lines)


def _figure(value: Any) -> str:
    return "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
