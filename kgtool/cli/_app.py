"""The application, and the one place where an error becomes text and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pkgutil import iter_modules
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer import Typer
from typer.exceptions import Abort, Exit, TyperException

import kgtool.cli
from kgtool import programs
from kgtool.errors import KgtoolError
from kgtool.words import in_line

UNREAD = 141
"""Exit code when whoever read the output has gone, as in ``| head``: that of a program ended by SIGPIPE."""

app = Typer(
    name="kgtool",
    help="Knowledge graphs from texts: every triple with its sentence, SPARQL, and cited answers.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 remote, 5 some documents failed, 6 budget, "
    "7 abstained, 8 check says no, 75 locked, 124 time-out, 130/143 interrupted, 141 output not read.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        sys.stdout.write(f"kgtool {kgtool.__version__}\n")
        raise Exit


def help_without_command(context: typer.Context) -> None:
    """Where a command is missing: the help, on stderr, and exit code 2."""
    if context.invoked_subcommand is None:
        sys.stderr.write(context.get_help() + "\n")
        raise Exit(2)


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Knowledge graphs from texts: every triple with its sentence, SPARQL, and cited answers."""
    help_without_command(context)


def main() -> NoReturn:
    """Run the command line; leaves with the documented exit code."""
    programs.claim()
    signal.signal(signal.SIGTERM, terminated)
    try:
        code = run(as_json="--json" in sys.argv)
    except BrokenPipeError:
        code = UNREAD
    if code in {UNREAD, KgtoolError.code}:  # what could not be written is still held, and would be tried again
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def register(word: str) -> None:
    """Import the modules of the command that is called, which register it; those of all where none is called so.

    A command is in the module of its name, or in several whose names begin with it (``embed_train``). Typer builds
    whatever is registered, which for all commands takes longer than a query.
    """
    names = [module.name for module in iter_modules(kgtool.cli.__path__)]
    own = [name for name in names if word.isalpha() and f"{name}_".startswith(f"{word}_")]
    for name in own or ["_commands"]:
        import_module(f"kgtool.cli.{name}")


def run(*, as_json: bool) -> int:
    """Run the command line; the exit code.

    Raises:
        BrokenPipeError: when whoever read stdout or stderr has gone.
    """
    try:
        register(sys.argv[1] if len(sys.argv) > 1 else "")
        try:  # without the framework's own main(), which turns a closed pipe into exit code 1
            with typer.main.get_command(app).make_context("kgtool", sys.argv[1:]) as context:
                context.command.invoke(context)
        finally:
            if sys.stdout is not None:  # as it is where the caller has closed it
                sys.stdout.flush()
    except KgtoolError as error:
        code = fail(error.code, error.message, error.hint, as_json=as_json)
        if not as_json:
            sys.stderr.write("".join(f"{note}\n" for note in getattr(error, "__notes__", ())))
        return code
    except Exit as error:
        return int(error.exit_code)
    except (Abort, KeyboardInterrupt):
        return fail(130, "interrupted", "run again; a build goes on where it was", as_json=as_json)
    except BrokenPipeError:
        raise
    except TyperException as error:
        return fail(2, usage_message(error), usage_hint(), as_json=as_json)
    except OSError as error:
        return fail(1, str(error), "check the file, its permissions, and the space on disk", as_json=as_json)
    except Exception as error:
        if os.environ.get("KGTOOL_DEBUG"):
            raise
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        return fail(1, told, "this is a bug in kgtool; KGTOOL_DEBUG=1 shows where", as_json=as_json)
    return 0


def terminated(signum: int, frame: FrameType | None) -> NoReturn:
    """Leave at SIGTERM as at the end of a block, so that everything is closed."""
    raise SystemExit(128 + signum)


def read_only() -> None:
    """For commands that only read: signals end the process at once, even inside the engine."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def usage_message(error: TyperException) -> str:
    """One line."""
    told = error.format_message() if hasattr(error, "format_message") else str(error)
    return " ".join(str(told).split())


def usage_hint() -> str:
    """Where to read on."""
    command = next((a for a in sys.argv[1:] if not a.startswith("-")), "")
    known = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    known |= {g.name for g in app.registered_groups}
    return f"see: kgtool {command} --help" if command in known else "see: kgtool --help"


def fail(code: int, message: str, hint: str, *, as_json: bool) -> int:
    """Tell an error on stderr: two lines, or one object."""
    message, hint = in_line(message), in_line(hint)
    if as_json:
        told = json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False) + "\n"
    else:
        told = f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")
    sys.stderr.write(told)
    return code
