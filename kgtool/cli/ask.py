"""``kgtool ask``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _answers as answers
from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, fail
from kgtool.errors import EndpointError, KgtoolError, UsageError
from kgtool.words import in_line

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.model import Answer
    from kgtool.reason.conversation import Conversation

PROMPT = "? "
HELP = """\
Ask in words; he, she, it, they and there stand for what was said before, and "And X?" asks the same of X.
/entity NAME  what the next question is about    /entity   what is in mind
/why          sentences behind the last answer, and how it came about
/history      what was asked    /quit or Ctrl-D   leave"""


@app.command()
def ask(
    trace: Annotated[
        Path | None,
        typer.Option("--trace", metavar="FILE", show_default=False, help="Write what happens, as it happens (JSONL)."),
    ] = None,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="auto, none, minilm or sbert.", show_default=False)
    ] = None,
    reasoner: options.ReasonerOption = None,
    llm: options.ReasoningLlmOption = None,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Ask questions one after the other, as in a conversation.

    Without a terminal: a question a line on stdin, an answer a line on stdout.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in kgtool reason
    import kgtool.api
    from kgtool.reason.conversation import Conversation

    settings = options.load(
        config, store=store, graph=facts, encoder=encoder, reasoner=reasoner, llm=llm, max_calls=max_calls,
        max_tokens=max_tokens, max_cost=max_cost,
    )  # fmt: skip
    graph = kgtool.api.KnowledgeGraph(settings)
    with answers.traced(trace) as tell:
        seen = answers.Recorder(tell)
        talk = Talk(graph, Conversation(graph.reasoner, graph.store, seen), seen, as_json=as_json)
        talk.run(terminal=sys.stdin.isatty() and sys.stdout.isatty())


class Talk:
    """The lines of a session: questions, and commands that begin with a slash."""

    def __init__(
        self, graph: KnowledgeGraph, conversation: Conversation, seen: answers.Recorder, *, as_json: bool
    ) -> None:
        self.graph = graph
        self.conversation = conversation
        self.seen = seen
        self.as_json = as_json
        self.about: list[str] = []
        """What the next question is about, where the asker said so."""

    def run(self, *, terminal: bool) -> None:
        """Take lines until there are no more, or until /quit."""
        if terminal:
            output.note(HELP)
        for line in typed() if terminal else piped():
            try:
                if line in {"/quit", "/exit", "/q"}:
                    return
                if line:
                    self.take(line, whole=terminal)
            except EndpointError:
                raise
            except KgtoolError as error:
                fail(error.code, error.message, error.hint, as_json=self.as_json)
            except KeyboardInterrupt:
                if not terminal:
                    raise
                output.note("interrupted")
            sys.stdout.flush()

    def take(self, line: str, *, whole: bool) -> None:
        """Answer a question, or follow a command.

        Raises:
            UsageError: for a command that there is not.
        """
        command, _, rest = line.partition(" ")
        if not command.startswith("/"):
            self.answer(line, whole=whole)
        elif command == "/entity":
            self.entity(rest.strip())
        elif command == "/why":
            self.why()
        elif command == "/history":
            rows = (f"{in_line(found.question)}\t{answers.told(found)}\n" for found in self.conversation.said)
            output.write("".join(rows))
        elif command == "/help":
            output.note(HELP)
        else:
            raise UsageError(f"there is no {command}", "/entity, /why, /history, /help, /quit")

    def answer(self, question: str, *, whole: bool) -> None:
        """Answer a question: in one line, or for a terminal with its text."""
        self.seen.events.clear()
        about, self.about = self.about, []
        found = self.conversation.ask(question, about)
        answers.warn(found)
        if self.as_json:
            output.write_json(found.to_json())
            return
        output.write(f"{answers.told(found)}\n")
        if whole and not found.abstained:
            output.write(f"{in_line(found.text)}\n")
        for line in answers.homonyms(found):
            output.note(line.replace("--entity", "/entity"))

    def entity(self, name: str) -> None:
        """Say what the next question is about, or what is in mind."""
        if name:
            iri = self.graph.entity(name)
            self.conversation.mention(iri)
            self.about = [iri]
        else:
            output.write("".join(f"<{iri}>\n" for iri in self.conversation.entities))

    def why(self) -> None:
        """What the last answer rests on, and how it came about.

        Raises:
            UsageError: when nothing was asked yet.
        """
        if not self.conversation.said:
            raise UsageError("nothing was asked yet", "ask something first")
        found: Answer = self.conversation.said[-1]
        if self.as_json:
            output.write_json(found.to_json() | {"explanation": self.seen.events})
            return
        told = [] if found.abstained else answers.lines(found)
        how = (line.replace("--entity IRI", "/entity IRI") for line in answers.explanation(self.seen))
        output.write("".join(f"{line}\n" for line in (*told, "", *how, answers.query(found))))


def typed() -> Iterator[str]:
    """Lines from a terminal, with a prompt and the lines before at the arrow keys; Ctrl-C begins a new one."""
    import readline  # noqa: F401 - input() has the arrow keys then

    while True:
        try:
            yield input(PROMPT).strip()
        except KeyboardInterrupt:
            output.note("")
        except EOFError:
            output.note("")
            return


def piped() -> Iterator[str]:
    """Lines of standard input, as they come."""
    for line in sys.stdin:
        yield line.strip()
