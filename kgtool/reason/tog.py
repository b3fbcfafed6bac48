"""Think-on-Graph as it was published: a beam over entities, pruned hop by hop; ``--reasoner tog``."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any

from kgtool.errors import UsageError
from kgtool.llm.prompts import Prompt
from kgtool.model import Answer, Citation, Step
from kgtool.ports import Encoder, LanguageModel, LinkScorer, ModelRequest, Store, Trace, silent
from kgtool.reason.anchors import anchored
from kgtool.reason.compose import MAX_CITED, PROVENANCE, select, supported
from kgtool.reason.hops import Fact, Hops, fact, facts, is_blank, pattern
from kgtool.reason.linking import Mention, Names, is_iri
from kgtool.reason.matching import Meaning
from kgtool.reason.operators import operator
from kgtool.reason.paths import PathReasoner
from kgtool.reason.pruning import BM25Pruner, Choice, EncoderPruner, ModelPruner, Pruner
from kgtool.reason.question import Question
from kgtool.reason.session import AT_ONCE, Line, Session
from kgtool.reason.trace import tell_answer, tell_links
from kgtool.reason.wording import tell

VARIANTS = ("tog", "tog-r")
PRUNERS = ("auto", "llm", "bm25", "encoder")
EXPLORING, ANSWERING = 0.4, 0.0
"""Temperatures, as in the paper."""
SAMPLE = 20
"""Most entities of one relation that are scored; of more a sample."""
MOST_RELATIONS = 100
"""Most relations of one entity that a model is shown, the likeliest by an offline pruner first."""
SHOWN = 5
"""Triples that an abstention tells."""
ENDS = "these are the ends of the best-scored path"
UNJUDGED = f"no language model judged whether this suffices: {ENDS}"
UNCHOSEN = f"the language model judged that the paths suffice, but gave no answer that can be read: {ENDS}"


@dataclass(frozen=True)
class Beam:
    """A path of facts from a topic to a node.

    ``group`` is its last hop: where that began, the step, and how many nodes it leads to; ``others`` are facts of the
    same hop to other nodes, as far as they were looked at.
    """

    node: Any
    score: float
    path: tuple[Fact, ...] = ()
    group: tuple[Any, Step, int] | None = None
    others: tuple[Fact, ...] = ()

    @property
    def visited(self) -> frozenset[Any]:
        """The nodes of the path."""
        return frozenset([self.node, *(end for f in self.path for end in f.ends)])


class TogReasoner:
    """Think-on-Graph and its relation-based variant.

    Source: Sun et al., "Think-on-Graph: Deep and Responsible Reasoning of Large Language Model on Knowledge Graph",
    ICLR 2024. As there: width N = 3, depth D = 3; at each hop the relations of the N entities are pruned to N (a call
    for each entity), the entities behind them to N (a call for each relation), and a call asks whether the paths
    suffice; then one answers: 2ND + D + 1 = 22 calls at most. Exploration at temperature 0.4, answers at 0. ToG-R
    takes a random sample of the entities instead of scoring them, and reasons over all that its relations lead to.

    Departures:

    - Topic entities are linked in the question by the names of the graph (at most N, homonyms each by itself), where
      they are not given.
    - After pruning N relations are kept for all entities, as in the paper (its released code keeps N for each entity,
      so that it needs up to 32 calls).
    - No call is made to choose from one option.
    - Prompts are this package's own: numbered options, answers as JSON of a schema, no worked examples. What comes
      from the graph stands between fences, as data.
    - Triples are shown in their own direction, also where they are walked backwards.
    - Nodes go by their identifiers; names only show them. Nodes without a label are called by the end of their IRI.
    - Literals are entities without relations of their own. Blank nodes cannot be asked for by SPARQL and are left out.
    - A path never comes by an entity twice; relations may be walked back ("films that share directors").
    - Of more than 20 entities of a relation a seeded sample is scored that does not depend on the store's order (the
      released code takes 5 of them, unseeded).
    - Where the model's answer cannot be read, options are scored by the offline pruner; where it cannot be read whether
      the paths suffice at the depth limit, or which entities answer, the answer is as without a model (see below).
      ``notes`` says each of these. Whole numbers are scores; numbers of no option are ignored. A model that fails is
      not asked again for that question.
    - A call whose answer cannot be read is repeated once; the bound on calls holds with these, but that the very last
      may be repeated as well.
    - The answer is a set: numbers of entities of the triples shown. 'Yes' and 'no' are taken for questions of that
      form only.
    - At the depth limit it abstains, with the triples found; the model's own knowledge is asked for with
      ``allow_parametric`` only, and marked.
    - Without a model relations and entities are pruned by BM25 or by an encoder, as in the paper's ablation, nothing
      judges whether the paths suffice, and the answer is all that the last hop of the best-scored of the deepest paths
      leads to, marked as such.
    - Confidence is the share of the kept paths' scores that support the answer. It is no probability, so that
      ``abstain_below`` is not applied.

    Args:
        store: the graph; all goes through its SPARQL.
        encoder: of the pruner 'encoder'.
        model: answers, and prunes with the pruner 'llm'.
        width: N.
        depth: D.
        abstain_below: as other reasoners have it; see above.
        scorer: as other reasoners have it; the method scores no links.
        variant: 'tog' or 'tog-r'.
        pruner: 'llm', 'bm25', 'encoder', or 'auto': the model where there is one, else the encoder, else BM25.
        allow_parametric: answer from the model's own knowledge where the graph does not.
        seed: of the model and of samples.

    Raises:
        UsageError: for a variant or pruner that does not exist, or lacks its model or encoder.
    """

    def __init__(
        self,
        store: Store,
        *,
        encoder: Encoder | None = None,
        model: LanguageModel | None = None,
        width: int = 3,
        depth: int = 3,
        abstain_below: float = 0.0,
        scorer: LinkScorer | None = None,
        variant: str = "tog",
        pruner: str = "auto",
        allow_parametric: bool = False,
        seed: int = 0,
    ) -> None:
        check(variant, pruner, encoder, model)
        self.store = store
        self.line = Line(model) if model else None
        self.width = width
        self.depth = depth
        self.variant = variant
        self.pruner = pruner
        self.allow_parametric = allow_parametric
        self.seed = seed
        self.linking = PathReasoner(store)
        offline = pruner if pruner in {"bm25", "encoder"} else "encoder" if encoder else "bm25"
        self.offline: Pruner = EncoderPruner(Meaning(encoder)) if offline == "encoder" else BM25Pruner()

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Answer a question; see :class:`kgtool.ports.Reasoner`.

        Raises:
            NotFoundError: when an entity is not in the graph.
            EndpointError: when the first request to the model shows that none can succeed.
        """
        start = time.monotonic()
        session = Session(self.line, self.most_calls + AT_ONCE - 1, trace, needed=True) if self.line else None
        parsed = Question.parse(question)
        begin = self.topics(parsed, entities, trace)
        found = Search(self, parsed, begin, Hops(self.store, self.seed), session).answer()
        found = session.told(found) if session else found
        found = replace(found, seconds=round(time.monotonic() - start, 3), reasoner=self.variant)
        tell_answer(trace, found)
        return found

    def topics(self, question: Question, entities: Sequence[str], trace: Trace) -> list[Any]:
        """The terms that the question is about, at most N: of each place the best one first."""
        names = self.linking.around(question, 1, entities).names
        mentions = anchored(names, question, names.link(question), entities)
        tell_links(trace, question, names, mentions)
        places: dict[tuple[bool, int, int], list[Mention]] = {}
        for mention in mentions:
            places.setdefault((mention.weak, *mention.place), []).append(mention)
        ranked = [sorted(each, key=lambda m: rank(names, m)) for _, each in sorted(places.items())]
        found = [m.node for row in zip_longest(*ranked) for m in row if m is not None]
        return [names.network.terms[n] for n in dict.fromkeys(found)][: self.width]

    @property
    def most_calls(self) -> int:
        """The bound of the paper on calls for one question."""
        return 2 * self.width * self.depth + self.depth + 1

    @cached_property
    def has_provenance(self) -> bool:
        """Whether the graph keeps evidence at all."""
        return self.store.query(PROVENANCE).boolean()


def check(variant: str, pruner: str, encoder: Encoder | None, model: LanguageModel | None) -> None:
    """Refuse what does not exist or cannot be used.

    Raises:
        UsageError: for it.
    """
    if variant not in VARIANTS:
        raise UsageError(f"there is no variant {variant!r} of tog", f"choose one of: {', '.join(VARIANTS)}")
    if pruner not in PRUNERS:
        raise UsageError(f"there is no pruner {pruner!r}", f"choose one of: {', '.join(PRUNERS)}")
    if pruner == "llm" and model is None:
        raise UsageError("the pruner llm needs a language model", "name one with --llm, or take --pruner bm25")
    if pruner == "encoder" and encoder is None:
        raise UsageError("the pruner encoder needs a text encoder", "pip install 'kgtool[ml]', or take --pruner bm25")


def rank(names: Names, mention: Mention) -> tuple[Any, ...]:
    """The order of homonyms: as it is written first, then the best connected."""
    return not mention.exact, -names.edges(mention.node), mention


@dataclass
class Search:
    """One question's search."""

    reasoner: TogReasoner
    question: Question
    topics: Sequence[Any]
    hops: Hops
    session: Session | None
    judged: bool = False
    """Whether the model said of the paths of the last hop that they suffice, or that they do not."""

    def answer(self) -> Answer:
        """Explore hop by hop until the model finds that the paths suffice, or the depth is reached."""
        if not self.topics:
            nearest = self.reasoner.linking.around(self.question, 1).names.nearest(self.question)
            known = f"; the nearest names are: {', '.join(nearest)}" if nearest else ""
            return self.abstained(f"no name of the graph is in the question{known}", ())
        self.hops.learn(t.value for t in self.topics if is_iri(t))
        beams = [Beam(t, 1 / len(self.topics)) for t in self.topics]
        for depth in range(self.reasoner.depth):
            grown = self.entities(self.relations(beams, first=depth == 0))
            if not grown:
                break
            beams = grown
            if found := self.concluded(beams):
                return found
        return self.end([b for b in beams if b.group])

    # exploring

    @cached_property
    def pruner(self) -> Pruner:
        """What scores relations and entities."""
        offline = self.reasoner.offline
        if self.session is None or self.reasoner.pruner not in {"auto", "llm"}:
            return offline
        return ModelPruner(self.session, offline, EXPLORING, self.reasoner.seed)

    def relations(self, beams: Sequence[Beam], *, first: bool) -> list[Beam]:
        """The N best steps of all beams, each as its beam with that step as its group."""
        around = self.hops.relations((b.node for b in beams if not is_blank(b.node)), first=first)
        found = []
        for beam in beams:
            steps = [(s, n) for s, n in around.get(beam.node, ()) if not (n == 1 and leads_back(beam, s))]
            shares = self.step_scores(beam, [s for s, _ in steps])
            found += [
                replace(beam, score=beam.score * share, group=(beam.node, step, count))
                for (step, count), share in zip(steps, shares, strict=True)
                if share > 0
            ]
        return best(found, self.reasoner.width)

    def step_scores(self, beam: Beam, steps: Sequence[Step]) -> list[float]:
        """The share of each step of a beam."""
        names = [self.hops.label(s.relation) for s in steps]
        shown = [self.told(fact(beam.node, s, None)) for s in steps]
        if len(steps) > MOST_RELATIONS:
            whole = self.reasoner.offline.scores(Choice(self.question.text, "relations", names, shown, len(steps)))
            kept = sorted(range(len(steps)), key=lambda i: (-whole[i], i))[:MOST_RELATIONS]
            part = self.scores("relations", [names[i] for i in kept], [shown[i] for i in kept])
            share = dict(zip(kept, part, strict=True))
            return [share.get(i, 0.0) for i in range(len(steps))]
        return self.scores("relations", names, shown)

    def entities(self, grown: Sequence[Beam]) -> list[Beam]:
        """The N best nodes that the steps lead to; of ToG-R N at random."""
        found = []
        for beam in grown:
            assert beam.group is not None  # noqa: S101  # relations() gives each one
            node, step, _ = beam.group
            reached = self.hops.targets(node, step, SAMPLE + len(beam.visited))
            nodes = [t for t in reached if t not in beam.visited][:SAMPLE]
            links = [fact(node, step, t) for t in nodes]
            if self.reasoner.variant == "tog":
                shares = self.scores("entities", [self.hops.name(t) for t in nodes], [self.told(f) for f in links])
            else:
                shares = [1.0] * len(nodes)
            found += [
                replace(beam, node=t, score=beam.score * share, path=(*beam.path, link), others=tuple(links))
                for t, link, share in zip(nodes, links, shares, strict=True)
                if share > 0
            ]
        if self.reasoner.variant == "tog-r" and len(found) > self.reasoner.width:
            chance = random.Random(f"{self.reasoner.seed} {self.question.text}")  # noqa: S311  # a sample, no secret
            found = chance.sample(found, self.reasoner.width)
        return best(found, self.reasoner.width)

    def scores(self, kind: str, names: Sequence[str], shown: Sequence[str]) -> list[float]:
        """The share of each option."""
        if len(names) < 2:
            return [1.0] * len(names)
        return self.pruner.scores(Choice(self.question.text, kind, names, shown, self.reasoner.width))

    # answering

    def concluded(self, beams: Sequence[Beam]) -> Answer | None:
        """The model's answer, where it finds that the paths suffice."""
        known = self.known(beams)
        said = self.ask("enough", "judged", known, {"enough": {"type": "boolean"}}, 32)
        self.judged = said is not None
        if said is None or not said["enough"]:
            return None
        nodes = [t for t in dict.fromkeys(end for f in known for end in f.ends) if t not in self.topics]
        numbered = "\n".join(["", "", *(f"{i}. {self.hops.name(t)}" for i, t in enumerate(nodes, 1))])
        shape = {
            "answers": {"type": "array", "items": {"type": "integer"}, "maxItems": len(nodes)},
            "verdict": {"type": "string", "enum": ["none", "yes", "no"]},
        }
        said = self.ask("answer", "answered", known, shape, 32 + 4 * len(nodes), numbered)
        if said is None:
            return self.frontier(beams, UNCHOSEN)
        if operator(self.question) == "ask":
            verdict = {"yes": "true", "no": "false"}.get(said["verdict"])
            if verdict:
                return self.made((verdict,), (), beams, known)
            self.unused("it says neither yes nor no")
            return None
        chosen = [nodes[i - 1] for i in dict.fromkeys(said["answers"]) if 1 <= i <= len(nodes)]
        if chosen:
            return self.made([self.hops.name(t) for t in chosen], chosen, beams, known)
        self.unused("it names none of the entities shown")
        return None

    def unused(self, why: str) -> None:
        """Note why an answer of the model's is none, though it found that the paths suffice."""
        assert self.session is not None  # noqa: S101  # it answered
        self.session.notes.append(f"an answer of the model's was not used: {why}")

    def ask(
        self, prompt: str, what: str, known: Sequence[Fact], properties: dict[str, Any], tokens: int, more: str = ""
    ) -> Any:
        """What the model says about some triples; None, with a note, where it says nothing that can be read."""
        if self.session is None:
            return None
        text = "\n".join(map(self.told, known)) + more
        messages = Prompt("kgtool.reason", f"tog-{prompt}").messages(text, question=self.question.text)
        shape = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        return self.session.ask(what, ModelRequest(messages, shape, tokens, ANSWERING, self.reasoner.seed))

    def known(self, beams: Sequence[Beam]) -> list[Fact]:
        """The triples of the kept paths; of ToG-R also those that the same relations lead to."""
        wide = self.reasoner.variant == "tog-r"
        return facts([path for b in beams for path in (b.path, b.others if wide else ())])

    def end(self, beams: Sequence[Beam]) -> Answer:
        """What is answered when the paths do not suffice, or no model judged them."""
        if not beams:
            names = ", ".join(self.hops.name(t) for t in self.topics)
            return self.abstained(f"the graph knows {names}, but nothing leads away from there", ())
        if not self.judged:
            return self.frontier(beams, UNJUDGED)
        known = self.known(beams)
        if self.reasoner.allow_parametric and (found := self.parametric(known)):
            return found
        told = "; ".join(map(self.told, known[:SHOWN])) + ("; …" if len(known) > SHOWN else "")
        return self.abstained(f"what was found does not answer the question: {told}", known)

    def frontier(self, beams: Sequence[Beam], why: str) -> Answer:
        """All that the last hop of the best path leads to, and why it is answered."""
        beam = beams[0]
        assert beam.group is not None  # noqa: S101  # end() gives those with one
        node, step, _ = beam.group
        passed = beam.visited - {beam.node}
        found = [t for t in self.hops.targets(node, step) if t not in passed]
        found.sort(key=lambda t: (self.hops.name(t), str(t)))
        cited = facts([beam.path[:-1], [fact(node, step, t) for t in found]])
        made = self.made([self.hops.name(t) for t in found], found, beams, cited[:MAX_CITED])
        sure = round(beam.score / sum(b.score for b in beams), 3)
        query = select("DISTINCT ?answer", [pattern(node, step, "?answer"), *different(passed)])
        told = f"the language model failed ({self.session.over}); " if self.session and self.session.over else ""
        return replace(made, confidence=sure, sparql=query, reason=told + why)

    def parametric(self, known: Sequence[Fact]) -> Answer | None:
        """What the model knows itself, marked; None where it does not."""
        shape = {"answers": {"type": "array", "items": {"type": "string"}, "maxItems": SAMPLE}}
        said = self.ask("parametric", "no knowledge: refused", known, shape, 32 + 16 * SAMPLE)
        names = tuple(dict.fromkeys(name.strip() for name in said["answers"] if name.strip())) if said else ()
        marked = "not in the graph: the model's own knowledge, which no triple supports"
        return Answer(self.question.text, names, reason=marked) if names else None

    def made(self, names: Sequence[str], nodes: Sequence[Any], beams: Sequence[Beam], known: Sequence[Fact]) -> Answer:
        """An answer with its citations: the paths that lead to it first."""
        wanted = set(nodes)
        whole = sum(b.score for b in beams)
        behind = [b for b in beams if not wanted or wanted & (b.visited | {e for f in b.others for e in f.ends})]
        first = [f for f in known if wanted & set(f.ends)]
        cited = tuple(self.citation(f) for f in facts([*(b.path for b in behind if b.visited & wanted), first, known]))
        return Answer(
            self.question.text, tuple(names), tuple(t.value for t in nodes if is_iri(t)),
            confidence=round(sum(b.score for b in behind) / whole, 3) if whole else 0.0,
            sparql=leading(nodes, known), evidence=cited, text=tell(cited),
        )  # fmt: skip

    def abstained(self, reason: str, known: Sequence[Fact]) -> Answer:
        """No answer, with what was found."""
        cited = tuple(self.citation(f) for f in known)
        return Answer(self.question.text, abstained=True, reason=reason, evidence=cited)

    def citation(self, found: Fact) -> Citation:
        """A triple with its evidence."""
        names = (self.hops.name(found.subject), self.hops.label(found.relation), self.hops.name(found.object))
        bare = Citation(*names, "forward" if found.forward else "backward")
        if not self.reasoner.has_provenance:
            return bare
        return supported(self.hops.store, bare, found.subject, found.relation, found.object)

    def told(self, found: Fact) -> str:
        """A triple in words, on one line; an open end is a question mark."""
        ends = ["?" if t is None else " ".join(self.hops.name(t).split()) for t in (found.subject, found.object)]
        return f"{ends[0]} – {self.hops.label(found.relation)} – {ends[1]}"


def best(found: Sequence[Beam], width: int) -> list[Beam]:
    """The beams with the highest scores; of equal ones the first."""
    return sorted(found, key=lambda b: -b.score)[:width]  # a stable sort


def leads_back(beam: Beam, step: Step) -> bool:
    """Whether a step is the way that a beam came."""
    return beam.group is not None and beam.group[1].inverse == step


def different(passed: Sequence[Any] | frozenset[Any]) -> list[str]:
    """Filters that leave out the nodes of the way."""
    return [f"FILTER(?answer != {t})" for t in sorted(map(str, passed))]


def leading(nodes: Sequence[Any], known: Sequence[Fact]) -> str:
    """A query that finds nodes again by the triples that lead to them; empty where none does."""
    hops = [pattern(f.ends[0], Step(f.relation, f.forward), "?answer") for f in known if f.ends[1] in set(nodes)]
    if not hops:
        return ""
    values = f"VALUES ?answer {{ {' '.join(map(str, nodes))} }}"
    return select("DISTINCT ?answer", [values, " UNION ".join(f"{{ {hop} }}" for hop in dict.fromkeys(hops))])
