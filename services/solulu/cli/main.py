"""`solulu`: the commands, and the one place where errors become words and exit codes.

0 is done, 1 the work failed, 2 wrong usage. What a command does is imported when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from solulu import __version__
from solulu.cli import artifacts, jobs, score, serving, stages
from solulu.cli.check import check
from solulu.cli.doctor import doctor
from solulu.cli.migrate import migrate
from solulu.cli.output import notes
from solulu.cli.run import run
from solulu.cli.up import up
from solulu.core.errors import InvalidArgument, SoluluError

app = typer.Typer(
    name="solulu",
    help="Cures code-completion models of made-up symbols: scrape, generate, judge, curate, train, evaluate, serve.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"solulu {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Declares the options that come before a command."""


app.command()(up)
app.command()(run)
stages.add_commands(app)
serving.add_commands(app)
app.command()(check)
app.add_typer(score.app, name="score")
app.add_typer(jobs.app, name="jobs")
app.add_typer(artifacts.app, name="artifacts")
app.command()(migrate)
app.command()(doctor)


def main(arguments: list[str] | None = None) -> None:
    """The entry point; `arguments` stand in for the command line's. Always ends in SystemExit."""
    try:
        app(arguments)
    except InvalidArgument as error:
        lines = [f"{v.field}: {v.description}" if v.field else v.description for v in error.violations]
        _fail("\n".join(lines) or str(error), 2)
    except SoluluError as error:
        _fail(str(error), 1)


def _fail(text: str, code: int) -> None:
    notes().print(f"error: {text}", markup=False, style="red" if sys.stderr.isatty() else None)
    sys.exit(code)
