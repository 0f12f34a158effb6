"""`ganola`: the commands, and what becomes of their errors."""

from typing import Annotated

import typer

from ganola import __version__
from ganola.cli import corpus, demo, evaluate, generate, info, judge, train
from ganola.cli.console import fail, say, write_in_any_encoding
from ganola.cli.interrupts import on_interrupt, stop_command
from ganola.cli.usage import use_own_words
from ganola.errors import GanolaError
from ganola.storage import machine_error

app = typer.Typer(
    help="Give ganola a folder of music; in minutes it learns to play in that style.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(corpus.app, name="corpus")
app.command(epilog="Example: ganola train chorales.corpus --minutes 10 --out runs/bach")(train.train)
app.command(epilog="Example: ganola generate runs/bach --count 4 --key D --out phrases")(generate.generate)
app.command(epilog="Example: ganola judge runs/bach my-tune.mid --out judged")(judge.judge)
app.command(epilog="Example: ganola evaluate runs/bach --out bach.html")(evaluate.evaluate)
app.command(epilog="Example: ganola info runs/bach")(info.info)
app.command(epilog="Example: ganola demo --minutes 5 --out demo")(demo.demo)


def _print_version(wanted: bool | None) -> None:
    if wanted:
        say(f"ganola {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = None,
) -> None:
    pass


use_own_words(app)


def main() -> None:
    """Run a command; every error a person can cause becomes two lines and an exit status."""
    write_in_any_encoding()
    try:
        with on_interrupt(stop_command):
            app()
    except GanolaError as error:
        fail(error)
    except OSError as error:
        from pathlib import Path

        fail(machine_error(error, Path(error.filename or ".")))
