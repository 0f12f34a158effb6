"""How commands are called, in ganola's own words: their help, and what is wrong with a call.

Typer and click parse; what they would print is never shown, for they speak to programmers.
"""

import inspect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, NoReturn, cast, get_args, get_origin

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from ganola.cli.console import interrupted, show
from ganola.errors import InputError
from ganola.wording import did_you_mean, either

# What every call that cannot be understood is, in any version of typer.
_UsageError = cast("type[Exception]", typer.BadParameter.__base__)

_NO_MORE = "--"  # after it, words are no options
# Options that typer adds.
_ADDED = {
    "help": "Show this help.",
    "install_completion": "Let the Tab key complete ganola's commands in this shell.",
    "show_completion": "Print what --install-completion would add to this shell.",
}


def use_own_words(app: typer.Typer) -> None:
    """Let all commands of `app` show their help and their mistakes as this module does."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            use_own_words(group.typer_instance)
    if not (isinstance(app.info.cls, type) and issubclass(app.info.cls, Group)):
        app.info.cls = Group


@dataclass(frozen=True)
class _Value:
    """What may be given to an option or an argument."""

    kind: type = bool
    choices: tuple[str, ...] = ()
    low: int | float | None = None
    high: int | float | None = None

    @property
    def allowed(self) -> str:
        """Return the words or the numbers that are allowed, or nothing where any are."""
        if self.choices:
            return either(self.choices)
        if self.low is not None and self.high is not None:
            return f"from {self.low:,} to {self.high:,}"
        return f"{self.low:,} or more" if self.low is not None else ""

    @property
    def requirement(self) -> str:
        """Return what it has to be, as the end of a sentence."""
        noun = {int: "a whole number", float: "a number"}.get(self.kind, "")
        return ", ".join(filter(None, (noun, self.allowed))) or "something else"

    @property
    def placeholder(self) -> str:
        """Return what stands for it in help."""
        return {bool: "", int: "NUMBER", float: "NUMBER"}.get(self.kind, "NAME" if self.choices else "TEXT")


class _OwnWords:
    """The part that commands and groups of commands share."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Print the help, not by way of click's own formatter."""
        _show_help(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a call apart. Raises InputError for one that cannot be understood."""
        given = list(args)
        try:
            return cast("list[str]", super().parse_args(ctx, args))  # type: ignore[misc]
        except _UsageError as error:
            _refuse(ctx, error, given)

    def invoke(self, ctx: Any) -> Any:
        """Run what is called; Ctrl-C, where that has no word of its own for it, is said in one, and not in typer's."""
        try:
            return super().invoke(ctx)  # type: ignore[misc]
        except KeyboardInterrupt:
            interrupted()


class Command(_OwnWords, TyperCommand):
    """A command."""

    allow_extra_args = True  # for click would refuse them in words of its own

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a call apart. Raises InputError for one that cannot be understood."""
        given = list(args)
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise InputError(f"{rest[0]} is one word too many", _see_help(ctx))
        for param in self.params:
            value = ctx.params.get(param.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise _wrong_value(ctx, param, given)
        return rest


class Group(_OwnWords, TyperGroup):
    """A group of commands."""

    default = ""  # the command that is meant where a call names none, if there is such a command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a call apart; one without a command gets the help, and exit status 2."""
        if self.default and args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default, *args]
        if not [word for word in args if word != _NO_MORE] and not ctx.resilient_parsing:
            _show_help(ctx)
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called. Raises InputError where there is none of that name."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            known = self.list_commands(ctx)
            remedy = did_you_mean(args[0], known, f"The commands are: {', '.join(known)}.")
            raise InputError(f"there is no command {args[0]}", remedy)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is called; one that is stopped ends the same way in any version of typer."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            interrupted()


# What is wrong.


def _refuse(ctx: Any, error: Exception, given: list[str]) -> NoReturn:
    """Raise InputError for what click found in the words that were given."""
    param = getattr(error, "param", None)
    if param is not None:
        raise _wrong_value(ctx, param, given) from error
    name = getattr(error, "option_name", None)
    if name is None:  # there is no other kind today
        raise InputError(str(error), _see_help(ctx)) from error
    options = {own: option for option in ctx.command.params for own in option.opts if own.startswith("-")}
    if name not in options:
        raise InputError(f"there is no option {name}", did_you_mean(name, list(options), _see_help(ctx))) from error
    wrong = "takes no value" if _value(ctx, options[name]).kind is bool else "needs a value after it"
    raise InputError(f"{name} {wrong}", _see_help(ctx)) from error


def _wrong_value(ctx: Any, param: Any, given: list[str]) -> InputError:
    """Return what is wrong with the value of a parameter, or that it is missing."""
    name, value = _name(param), _value(ctx, param)
    raw = ctx.command.make_parser(ctx).parse_args(list(given))[0].get(param.name)
    raw = raw[-1] if isinstance(raw, list | tuple) and raw else raw
    if not isinstance(raw, str):
        return InputError(f"{name} is missing", _see_help(ctx))
    return InputError(
        f"{name} is {raw or 'empty'}, and has to be {value.requirement}",
        did_you_mean(raw, value.choices, _see_help(ctx)),
    )


def _see_help(ctx: Any) -> str:
    return f"See: {ctx.command_path} --help"


def _name(param: Any) -> str:
    """Return an option's longest name, or an argument's placeholder."""
    return str(param.opts[-1]) if _is_option(param) else _placeholder(param)


def _placeholder(param: Any) -> str:
    return (param.metavar or param.name.upper()).strip("[]")


def _is_option(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def _value(ctx: Any, param: Any) -> _Value:
    """Return what a parameter takes, as the command's function declares it; what it does not declare is a flag."""
    declared = inspect.signature(ctx.command.callback).parameters if ctx.command.callback else {}
    if param.name not in declared or get_origin(declared[param.name].annotation) is not Annotated:
        return _Value()
    hint, info, *_ = get_args(declared[param.name].annotation)
    (kind,) = [own for own in get_args(hint) if own is not NoneType] if NoneType in get_args(hint) else [hint]
    if get_origin(kind) is list:
        (kind,) = get_args(kind)
    if get_origin(kind) is Literal:
        return _Value(str, get_args(kind))
    return _Value(kind, (), info.min, info.max)


# Help.


def _show_help(ctx: Any) -> None:
    """Print what a command does, how it is called, and an example."""
    command = ctx.command
    show(Text(f"\n{_call_line(ctx)}\n", style="bold"))
    for paragraph in _paragraphs(command.help or ""):
        show(Text(f"{paragraph}\n"))
    visible = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [(_placeholder(one), _about(ctx, one)) for one in visible if not _is_option(one)]
    options = [(_written_option(ctx, one), _about(ctx, one)) for one in visible if _is_option(one)]
    commands = [
        (name, next(_paragraphs(one.help or "")))
        for name, one in (command.commands.items() if isinstance(command, Group) else ())
    ]
    for title, rows in (("", arguments), ("Commands", commands), ("Options", options)):
        _show_rows(title, rows)
    if command.epilog:
        show(Text(command.epilog))


def _show_rows(title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    if title:
        show(Text(title, style="bold"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(overflow="fold")
    for name, about in rows:
        grid.add_row(Text(name), Text(about))
    show(Padding(grid, (0, 0, 1, 2), expand=False))


def _call_line(ctx: Any) -> str:
    """Return how a command is called, in one line: what has to be given, then the rest."""
    if isinstance(ctx.command, Group):
        return f"{ctx.command_path} COMMAND"
    params = ctx.command.params
    arguments = [
        _placeholder(one) if one.required else f"[{_placeholder(one)}]" for one in params if not _is_option(one)
    ]
    needed = [_written_option(ctx, one) for one in params if _is_option(one) and one.required]
    return " ".join([ctx.command_path, *arguments, *needed, "[OPTIONS]"])


def _written_option(ctx: Any, param: Any) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    return f"{names} {param.metavar or _value(ctx, param).placeholder}".rstrip()


def _about(ctx: Any, param: Any) -> str:
    """Return what a parameter means, which values it takes, and which it has where nothing is given."""
    value = _value(ctx, param)
    text = " ".join((_ADDED.get(param.name) or param.help or "").split())
    has_default = isinstance(param.default, str | int | float | Path) and value.kind is not bool
    remarks = [
        *([value.allowed] if value.allowed else []),
        *(["required"] if _is_option(param) and param.required else []),
        *([f"default {_default_text(param.default)}"] if has_default else []),
    ]
    return f"{text} ({'; '.join(remarks)})" if remarks else text


def _default_text(default: object) -> str:
    return f"{default:,g}" if isinstance(default, int | float) else str(default)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield " ".join(paragraph.split())
