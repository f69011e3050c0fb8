"""Situations in which a customer writes back, drawn by seed, and what must come of each.

The oracle is written from the rules ("From reply to typed result") on the situation as told, not
on rows: it knows who was sent what and when, never what the database says about it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

DAY = 24 * 60  # minutes
WINDOW = 7 * DAY

Fate = Literal["arrived", "in_flight", "uncertain", "failed", "planned", "requeued"]
REACHED = frozenset({"arrived", "in_flight", "uncertain"})

# position → result of the signed template; a static id → result of the imported one
SIGNED = {1: "ya_pago", 2: "promesa_de_pago", 3: "no_desea_mensajes", 4: "se_niega", 5: None}
STATIC = {"ya_pague": "ya_pago", "me_niego": "se_niega", "otra_consulta": None}
CLOSING = frozenset({"se_niega", "no_desea_mensajes"})


@dataclass(frozen=True)
class Sent:
    """One of our messages: to whom, about which case, how long ago, and what became of it."""

    person: int
    case: int
    ago: int  # minutes before the customer writes; negative: it left after he wrote
    fate: Fate = "arrived"
    priority: int = 2
    template: Literal["signed", "static", "other static"] = "signed"
    line: int = 0
    finished: bool = False  # its case, at the start
    lists: tuple[int, ...] = ()  # cases that this message lists beside its own
    subscription: int | None = None  # None: its own; else that of this case
    named_twice: bool = False  # the provider gave it a second sid


@dataclass(frozen=True)
class Word:
    """One message of the customer."""

    text: str = "hola"
    person: int = 0
    by: Literal["phone", "short", "username", "both"] = "phone"
    signed: tuple[int, int] | None = None  # which message's button, and its position
    payload: str | None = None  # anything else in its place
    quotes: int | None = None
    quotes_second_sid: bool = False
    quotes_stranger: bool = False  # a sid that nobody will ever know
    links: tuple[int, ...] = ()
    stop: bool = False  # the provider's own OptOutType


@dataclass(frozen=True)
class Situation:
    kind: str
    sent: tuple[Sent, ...]
    words: tuple[Word, ...]
    usernames: tuple[int, ...] = ()  # people whose BSUID we know beforehand


@dataclass(frozen=True)
class Expected:
    basis: str
    confidence: str
    cases: frozenset[int] = frozenset()  # any of these may be shown first; none: the standing one
    answers: frozenset[int] = frozenset()
    candidates: frozenset[int] | None = None  # what a doubtful one must put to the person
    result: str | None = None
    opts_out: bool = False


STRANGER = -1


@dataclass
class Oracle:
    """What each word of a situation must become; words are heard in the order of application."""

    told: Situation
    finished: set[int] = field(default_factory=set)
    guessed: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    usernames: dict[int, int] = field(default_factory=dict)  # of whom → who we take it for

    def __post_init__(self) -> None:
        self.finished = {each.case for each in self.told.sent if each.finished}
        self.usernames = {person: person for person in self.told.usernames}

    def hear(self, word: Word) -> Expected:
        expected = self._decide(word, self._writer(word))
        self._remember(expected)
        return expected

    def _writer(self, word: Word) -> int:
        """A username is whom we know by it, else whoever got what it taps or quotes."""
        if word.by in ("phone", "short"):
            return word.person
        if word.by == "both":
            self.usernames.setdefault(word.person, word.person)
            return word.person
        if word.person not in self.usernames:
            owners = [self.told.sent[each].person for each in self._named(word)]
            taken = set(self.usernames)
            free = [owner for owner in owners if owner not in taken]
            self.usernames[word.person] = free[0] if free else STRANGER
        return self.usernames[word.person]

    def _named(self, word: Word) -> list[int]:
        signed = [word.signed[0]] if word.signed else []
        return list(dict.fromkeys([*signed, *([] if word.quotes is None else [word.quotes])]))

    def _decide(self, word: Word, writer: int) -> Expected:
        sent, named = self.told.sent, self._named(word)
        leaves = word.stop or (
            word.text == "baja" and not (word.signed or word.payload or word.links)
        )
        if named and (len(named) > 1 or any(sent[each].person != writer for each in named)):
            return replace(self._doubt(named, writer), opts_out=leaves)
        if named:
            return self._by_name(word, sent[named[0]], named[0], leaves=leaves)
        if word.links:
            if any(sent[each].person != writer for each in word.links):
                return self._doubt(list(word.links), writer)
            cases = {sent[each].case for each in word.links}
            if len(cases) > 1:
                return self._several([(sent[each].case, each) for each in word.links])
            return Expected("coupon", "high", frozenset(cases), frozenset(word.links[:1]))
        return replace(self._by_what_was_sent(writer), opts_out=leaves)

    def _by_name(self, word: Word, message: Sent, place: int, *, leaves: bool) -> Expected:
        exact = Expected(
            "payload", "exact", frozenset({message.case}), frozenset({place}), opts_out=leaves
        )
        if word.signed:
            result = SIGNED[word.signed[1]]
        elif word.payload and message.template == "static" and word.payload in STATIC:
            result = STATIC[word.payload]
        elif word.payload and message.template == "other static" and word.payload == "ya_pague":
            result = "promesa_de_pago"  # the same id means something else there
        elif word.payload == "b1_{{5}}" and message.template == "signed":
            result = SIGNED[1]
        else:
            listed = [(case, place) for case in message.lists if case not in self.finished]
            if listed:
                return self._several([(message.case, place), *listed], opts_out=leaves)
            return replace(exact, basis="quoted")
        return replace(exact, result=result, opts_out=leaves or result == "no_desea_mensajes")

    def _recent(self, writer: int) -> dict[int, int]:
        """Case → its last message that this person may have had before he wrote, within 7 days."""
        latest: dict[int, int] = {}
        for place, each in enumerate(self.told.sent):
            if each.person != writer or each.line != 0 or each.fate not in REACHED:
                continue
            if 0 < each.ago <= WINDOW:
                latest[each.case] = place
                for case in each.lists:
                    if case not in self.finished:
                        latest.setdefault(case, place)
        return latest

    def _by_what_was_sent(self, writer: int) -> Expected:
        recent = self._recent(writer)
        still_open = [case for case in recent if case not in self.finished]
        pool = still_open or list(recent)
        if len(still_open) == 1 and still_open[0] in self.guessed:
            pool = list(recent)
        if not pool:
            return Expected("unsolicited", "none")
        if len(pool) == 1:
            return Expected("single", "high", frozenset(pool), frozenset({recent[pool[0]]}))
        return self._several([(case, recent[case]) for case in pool])

    def _several(self, pool: list[tuple[int, int]], *, opts_out: bool = False) -> Expected:
        """By the campaign's priority, then the newest; a listing message's own case first."""
        best = min(
            pool,
            key=lambda one: (
                self.told.sent[one[1]].priority,
                self.told.sent[one[1]].ago,
                -one[1],
                self.told.sent[one[1]].case != one[0],
            ),
        )
        return Expected(
            "ambiguous",
            "low",
            frozenset({best[0]}),
            frozenset({best[1]}),
            frozenset(case for case, _ in pool),
            opts_out=opts_out,
        )

    def _doubt(self, named: list[int], writer: int) -> Expected:
        """Never silent: the writer's own cases come first, and all that is named is shown."""
        sent = self.told.sent
        own = {sent[each].case: each for each in named if sent[each].person == writer}
        still_open = {
            case: place for case, place in self._recent(writer).items() if case not in self.finished
        }
        others = {sent[each].case: each for each in named}
        first = own or still_open or others
        return Expected(
            "ambiguous",
            "low",
            frozenset(first),
            frozenset(first.values()),
            frozenset({*own, *still_open, *others}),
        )

    def _remember(self, expected: Expected) -> None:
        """A reply opens its case; a closing result finishes it unless something waits unread."""
        if len(expected.cases) != 1:
            return
        (case,) = expected.cases
        self.finished.discard(case)
        if expected.basis == "ambiguous":
            self.guessed.add(case)
        if expected.result is None:
            self.unread.add(case)
        elif expected.result in CLOSING and case not in self.unread:
            self.finished.add(case)


# --- the generator ---------------------------------------------------------------------------


def situations(number: int, seed: int) -> list[Situation]:
    """As many situations, every kind in its turn."""
    draw = Random(seed)
    kinds = list(KINDS.items())
    return [_one(draw, *kinds[place % len(kinds)]) for place in range(number)]


def _one(draw: Random, kind: str, make: Callable[[Random], Situation]) -> Situation:
    """The kind's situation, among messages that must not matter, or must make it doubtful."""
    return replace(_amid(draw, make(draw)), kind=kind)


def _amid(draw: Random, told: Situation) -> Situation:
    sent, case = list(told.sent), 100
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        case += 1
        extra = draw.choice(
            (
                Sent(0, case, draw.randint(8, 90) * DAY),  # too long ago
                Sent(0, case, draw.randint(10, WINDOW - 30), fate="failed"),
                Sent(0, case, draw.randint(10, WINDOW - 30), fate="planned"),
                Sent(0, case, draw.randint(10, WINDOW - 30), line=1),
                Sent(0, case, -5),  # left after he wrote
                Sent(0, case, -5, fate="requeued"),
                Sent(1, case, draw.randint(10, WINDOW - 30)),  # to somebody else
                Sent(0, case, draw.randint(10, WINDOW - 30), finished=True),
            )
        )
        sent.append(replace(extra, priority=draw.randint(1, 3)))
    return replace(told, sent=tuple(sent))


def _ago(draw: Random) -> int:
    return draw.choice((draw.randint(1, 60), draw.randint(60, WINDOW - 30)))


def _message(draw: Random, case: int = 0, **given: object) -> Sent:
    return replace(
        Sent(0, case, _ago(draw), priority=draw.randint(1, 3)),
        **given,  # type: ignore[arg-type]
    )


def _quoted(draw: Random) -> Situation:
    several = draw.random() < 0.5
    sent = (_message(draw), *([_message(draw, 1)] if several else []))
    return _situation(sent, Word("sí, dale", quotes=draw.randrange(len(sent))))


def _button(draw: Random) -> Situation:
    sent = (_message(draw), _message(draw, 1))
    which, position = draw.randrange(2), draw.randint(1, 5)
    first = Word("tap", signed=(which, position), quotes=draw.choice((None, which)))
    if draw.random() < 0.4:
        return _situation(sent, first, Word("tap", signed=(which, draw.randint(1, 5))))
    return _situation(sent, first)


def _static(draw: Random) -> Situation:
    sent = (
        _message(draw, template=draw.choice(("static", "other static"))),
        *([_message(draw, 1, template="static")] if draw.random() < 0.5 else []),
    )
    payload = draw.choice((*STATIC, "ya_pague", "no_existe", "b1_{{5}}"))
    quotes = draw.choice((None, *range(len(sent)), 0))
    return _situation(sent, Word("Ya pagué", payload=payload, quotes=quotes))


def _late(draw: Random) -> Situation:
    sent = tuple(_message(draw, each, finished=True) for each in range(draw.randint(1, 2)))
    old = _message(draw, 5, ago=draw.randint(20, 90) * DAY, finished=True)
    word = draw.choice(
        (
            Word("recién lo veo"),
            Word("por este", quotes=len(sent)),
            Word("tap", signed=(len(sent), 1)),
            Word("recién lo veo", quotes=0),
        )
    )
    more = (Word("¿hola?"),) if draw.random() < 0.4 else ()
    return _situation((*sent, old), word, *more)


def _two_campaigns(draw: Random) -> Situation:
    """The same subscription, or another of his, in two or three campaigns at once."""
    same = draw.random() < 0.5
    sent = tuple(
        _message(draw, each, priority=each + 1, subscription=0 if same and each else None)
        for each in range(draw.randint(2, 3))
    )
    words = [Word(draw.choice(("¿cuánto es?", "ya pagué", "baja")))]
    if draw.random() < 0.3:
        words.append(Word("dale"))
    return _situation(sent, *words)


def _shared_phone(draw: Random) -> Situation:
    """One phone for several customers or subscriptions: a message each, or one that lists them."""
    listed = draw.random() < 0.5
    if listed:
        sent = [_message(draw, 0, lists=tuple(range(1, draw.randint(2, 4))))]
    else:
        sent = [_message(draw, each, priority=2) for each in range(draw.randint(2, 3))]
    word = draw.choice(
        (
            Word("ya pagué"),
            Word("este", quotes=0),
            Word("tap", signed=(0, 1)),
            Word("¿de cuál?"),
        )
    )
    return _situation(tuple(sent), word)


def _short_number(draw: Random) -> Situation:
    several = (_message(draw, 1),) if draw.random() < 0.3 else ()
    word = draw.choice((Word("hola"), Word("tap", signed=(0, 1)), Word("sí", quotes=0)))
    return _situation((_message(draw), *several), replace(word, by="short"))


def _username(draw: Random) -> Situation:
    """No phone in it: known beforehand, known by what it answers, or somebody new."""
    sent = (_message(draw), *([_message(draw, 1)] if draw.random() < 0.3 else []))
    known = (0,) if draw.random() < 0.3 else ()
    words = draw.choice(
        (
            (Word("hola", by="username"),),
            (Word("tap", by="username", signed=(0, 1), quotes=draw.choice((None, 0))),),
            (Word("sí", by="username", quotes=0),),
            (Word("sí", by="username", quotes=0), Word("¿y?", by="username")),
            (Word("hola", by="username"), Word("tap", by="username", signed=(0, 4))),
            (Word("hola", by="both"), Word("¿y?", by="username")),
        )
    )
    flight = "in_flight" if draw.random() < 0.3 else "arrived"
    return replace(_situation((replace(sent[0], fate=flight), *sent[1:]), *words), usernames=known)


def _before_commit(draw: Random) -> Situation:
    """He answers before we have written down what the provider calls our message."""
    sent = (
        _message(draw, fate=draw.choice(("in_flight", "in_flight", "uncertain")), ago=1),
        *([_message(draw, 1)] if draw.random() < 0.5 else []),
    )
    word = draw.choice(
        (
            Word("sí", quotes=0),
            Word("tap", signed=(0, draw.randint(1, 5)), quotes=0),
            Word("tap", signed=(0, 1)),
            Word("hola"),
        )
    )
    return _situation(sent, word)


def _duplicates(draw: Random) -> Situation:
    """Everything comes again; so do words that differ from one another in nothing."""
    sent = (_message(draw), *([_message(draw, 1)] if draw.random() < 0.5 else []))
    word = draw.choice((Word("hola"), Word("tap", signed=(0, 1)), Word("sí", quotes=0)))
    return _situation(sent, word, *([word] if draw.random() < 0.4 else []))


def _reordered(draw: Random) -> Situation:
    """The provider's second name for a message, callbacks backwards, quotes of nothing."""
    sent = (
        _message(draw, named_twice=draw.random() < 0.5, ago=3),
        _message(draw, 1, fate=draw.choice(("arrived", "in_flight")), ago=2),
    )
    twice = sent[0].named_twice
    words = draw.choice(
        (
            (Word("sí", quotes=0, quotes_second_sid=twice),),
            (Word("eso", quotes_stranger=True),),
            (Word("tap", signed=(0, 2), quotes=0, quotes_second_sid=twice),),
            (Word("sí", quotes=1), Word("tap", signed=(1, 4))),
            (Word("sí", quotes=0, quotes_second_sid=twice), Word("tap", signed=(1, 4))),
        )
    )
    return _situation(sent, *words)


def _coupon_link(draw: Random) -> Situation:
    sent = (
        _message(draw, ago=draw.choice((5, 30 * DAY))),
        _message(draw, 1),
        _message(draw, 2, person=1),
    )
    links = draw.choice(((0,), (0,), (1,), (2,), (0, 1), (0, 0)))
    return _situation(sent, Word("no me abre", links=links))


def _contradiction(draw: Random) -> Situation:
    """A button and a quote that disagree, or that were sent to somebody else; a forged button."""
    sent = (_message(draw), _message(draw, 1), _message(draw, 2, person=1))
    word = draw.choice(
        (
            Word("tap", signed=(0, draw.randint(1, 5)), quotes=1),
            Word("tap", signed=(2, draw.randint(1, 5))),
            Word("ese", quotes=2),
            Word("tap", signed=(0, 3), quotes=2),
            Word("tap", payload="b3_" + "A" * 35),
        )
    )
    return _situation(sent, word)


def _unasked(draw: Random) -> Situation:
    """Nothing of ours can be what he answers."""
    sent = draw.choice(
        (
            (),
            (_message(draw, ago=WINDOW + 30),),
            (_message(draw, line=1),),
            (_message(draw, fate="failed"),),
            (_message(draw, ago=-5),),
            (_message(draw, ago=-5, fate="requeued"),),
        )
    )
    word = Word(draw.choice(("¿venden autos?", "baja")), stop=draw.random() < 0.2)
    return _situation(sent, word, *([Word("¿hola?")] if draw.random() < 0.4 else []))


def _situation(sent: tuple[Sent, ...], *words: Word) -> Situation:
    return Situation("", sent, words)


KINDS: dict[str, Callable[[Random], Situation]] = {
    "quoted": _quoted,
    "button": _button,
    "static button id": _static,
    "late": _late,
    "two campaigns at once": _two_campaigns,
    "one phone, several subscriptions": _shared_phone,
    "54 and 549": _short_number,
    "id without phone": _username,
    "reply before our commit": _before_commit,
    "duplicates": _duplicates,
    "reordering": _reordered,
    "coupon link": _coupon_link,
    "contradiction": _contradiction,
    "unasked": _unasked,
}
