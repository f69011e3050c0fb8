"""Puts told situations into the database, and lets the world happen to them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns.inbox import apply_inbound, apply_statuses, store_event
from campaigns.outcomes import record_outcomes
from messaging.phone_formats import match_key
from messaging.provider import SendOutcome
from messaging.tokens import TokenKind
from messaging.twilio.webhooks import parse_inbound, parse_status_callback
from models.campaign import Campaign, ResultType
from models.case import Case, Result
from models.message import (
    Attempt,
    AttemptOutcome,
    Attribution,
    Cause,
    Direction,
    EventKind,
    EventState,
    Message,
    WebhookEvent,
)
from models.people import ContactPoint, Customer, CustomerContact, OptOut
from models.states import CampaignState, CaseState, MessageState, SendingState
from models.subscription import Subscription
from models.template import Line, TemplateVersion
from tests.campaigns.builders_inbox import ACCOUNT, LINE, SIGNER, TIMES, World, a_sid
from tests.campaigns.tie_situations import STRANGER, Expected, Oracle, Sent, Situation, Word
from tests.doubts import said_of

OTHER_LINE = "+5491150000001"
_STATES = {
    "arrived": MessageState.SENT,
    "in_flight": MessageState.SENDING,
    "uncertain": MessageState.UNCERTAIN,
    "failed": MessageState.FAILED,
    "planned": MessageState.PLANNED,
    "requeued": MessageState.SENT,
}
_STATIC = [("ya_pague", "ya_pago"), ("me_niego", "se_niega"), ("otra_consulta", None)]
_CANDIDATES = re.compile(r"casos posibles: ([\d, ]+)$")


class Town(World):
    """Two lines with campaigns of every priority, and three templates."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.other = Line(portfolio_id=self.line.portfolio_id, name="Línea 2", sender=OTHER_LINE)
        self.session.add(self.other)
        self.session.flush()
        self.versions: dict[str, TemplateVersion] = {
            "signed": self.version,
            "static": self.a_version([(name, code, None) for name, code in _STATIC]),
            "other static": self.a_version([("ya_pague", "promesa_de_pago", None)]),
        }
        self.campaigns = {
            (line, priority): self._campaign_on(line, priority)
            for line in (0, 1)
            for priority in (1, 2, 3)
        }
        self.session.commit()

    def line_id(self, line: int) -> int:
        return (self.line, self.other)[line].id

    def _campaign_on(self, line: int, priority: int) -> Campaign:
        campaign = Campaign(
            name=f"Mora {line}.{priority}",
            campaign_type_id=self.type_id("mora"),
            line_id=self.line_id(line),
            priority=priority,
            state=CampaignState.RUNNING,
            sending_state=SendingState.SENDING,
        )
        self.session.add(campaign)
        self.session.flush()
        return campaign


@dataclass(frozen=True)
class Heard:
    """What a word has become, in the words of its situation."""

    basis: str
    confidence: str
    case: int | None  # None: the line's standing campaign
    answers: int | None
    candidates: frozenset[int]
    result: str | None
    person: int


@dataclass
class Life:
    """One situation as it stands in the database."""

    told: Situation
    number: int
    contacts: dict[int, ContactPoint] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)  # by their place in the situation
    sids: dict[int, str] = field(default_factory=dict)
    second_sids: dict[int, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)  # the sid of each
    heard: dict[int, Heard] = field(default_factory=dict)
    applied: list[int] = field(default_factory=list)  # words, in the order of application
    left: set[int] = field(default_factory=set)  # people who opted out

    def phone(self, person: int) -> str:
        return f"+54911{40_000_000 + 2 * self.number + person}"

    def username(self, person: int) -> str:
        return f"AR.{self.number}p{person}"

    def mistakes(self) -> list[str]:
        """Where the database and the oracle differ."""
        oracle, leave = Oracle(self.told), set[int]()
        wrong = []
        if sorted(self.applied) != list(range(len(self.told.words))):
            wrong.append(f"heard {self.applied} of {len(self.told.words)} words")
        for place in self.applied:
            word, heard = self.told.words[place], self.heard[place]
            expected = oracle.hear(word)
            if expected.opts_out:
                leave.add(_who(oracle, word))
            why = _differences(expected, heard, _who(oracle, word))
            wrong += [f"{word}: {each}; expected {expected}, heard {heard}" for each in why]
        if leave - {STRANGER} != self.left:
            wrong.append(f"opted out: {self.left}, not {leave}")
        return [f"{self.told.kind}: {each} in {self.told}" for each in wrong]


def _who(oracle: Oracle, word: Word) -> int:
    return oracle.usernames[word.person] if word.by == "username" else word.person


def _differences(expected: Expected, heard: Heard, person: int) -> list[str]:
    wrong = []
    if (expected.basis, expected.confidence) != (heard.basis, heard.confidence):
        wrong.append("basis")
    if (heard.case not in expected.cases) if expected.cases else (heard.case is not None):
        wrong.append("case")
    if heard.answers is not None and heard.answers not in expected.answers:
        wrong.append("answers")
    if expected.candidates is not None and heard.candidates != expected.candidates:
        wrong.append("candidates")
    if expected.result != heard.result:
        wrong.append("result")
    if person != heard.person:
        wrong.append("person")
    return wrong


def settle_in(town: Town, told: Sequence[Situation], *, first: int = 0) -> list[Life]:
    """Write everything that was there before anybody answered."""
    lives = [Life(each, first + place) for place, each in enumerate(told)]
    _people(town, lives)
    _cases(town, lives)
    _messages(town, lives)
    town.session.commit()
    town.session.execute(text("ANALYZE"))
    town.session.commit()
    return lives


def _people(town: Town, lives: Sequence[Life]) -> None:
    for life in lives:
        for person in (0, 1):
            phone = life.phone(person)
            known = person in life.told.usernames
            life.contacts[person] = ContactPoint(
                phone=phone,
                match_key=match_key(phone),
                bsuid=life.username(person) if known else None,
            )
    town.session.add_all(each for life in lives for each in life.contacts.values())
    town.session.flush()


def _cases(town: Town, lives: Sequence[Life]) -> None:
    """Of a shared phone, every other subscription is another customer's."""
    subscriptions: dict[tuple[int, int], Subscription] = {}
    for life in lives:
        customers: dict[tuple[int, int], Customer] = {}
        for case, sent in _told_cases(life.told):
            if sent.subscription is not None:
                continue
            whose = (sent.person, case % 2)
            if whose not in customers:
                customers[whose] = Customer(name=f"Cliente {life.number}.{whose}")
                town.session.add(customers[whose])
                town.session.flush()
                town.session.add(
                    CustomerContact(
                        customer_id=customers[whose].id,
                        contact_point_id=life.contacts[sent.person].id,
                    )
                )
            subscriptions[life.number, case] = Subscription(
                customer_id=customers[whose].id,
                plan_id=town.plan.id,
                administrator="Autoplan",
                contract_number=f"T{life.number}-{case}",
            )
    town.session.add_all(subscriptions.values())
    town.session.flush()
    for life in lives:
        for case, sent in _told_cases(life.told):
            about = case if sent.subscription is None else sent.subscription
            life.cases[case] = Case(
                campaign_id=town.campaigns[sent.line, sent.priority].id,
                subscription_id=subscriptions[life.number, about].id,
                state=CaseState.FINISHED if sent.finished else CaseState.PENDING,
                finished_at=town.now if sent.finished else None,
            )
    town.session.add_all(each for life in lives for each in life.cases.values())
    town.session.flush()


def _told_cases(told: Situation) -> Iterable[tuple[int, Sent]]:
    for sent in told.sent:
        yield sent.case, sent
        for case in sent.lists:
            yield case, sent


def _messages(town: Town, lives: Sequence[Life]) -> None:
    """In the order in which they were sent, so that the ids say which is newer."""
    order = sorted(
        ((life, place) for life in lives for place in range(len(life.told.sent))),
        key=lambda one: (-one[0].told.sent[one[1]].ago, one[1]),
    )
    for life, place in order:
        life.messages[place] = _a_message(town, life, place)
    town.session.add_all(life.messages[place] for life, place in order)
    town.session.flush()
    for life, place in order:
        sent, message = life.told.sent[place], life.messages[place]
        town.session.add_all(_attempts(town, life, place))
        for case in sent.lists:
            town.session.add(
                Message(
                    direction=Direction.OUT,
                    state=MessageState.SKIPPED,
                    reason=f"covered_by:{message.id}",
                    line_id=message.line_id,
                    contact_point_id=message.contact_point_id,
                    address=message.address,
                    cause=Cause.CAMPAIGN,
                    case_id=life.cases[case].id,
                    campaign_id=message.campaign_id,
                    sequence=1,
                    template_version_id=message.template_version_id,
                    created_at=message.created_at,
                    state_at=message.state_at,
                )
            )


def _a_message(town: Town, life: Life, place: int) -> Message:
    sent = life.told.sent[place]
    at = town.now - timedelta(minutes=sent.ago)
    life.sids[place] = a_sid()
    return Message(
        direction=Direction.OUT,
        state=_STATES[sent.fate],
        line_id=town.line_id(sent.line),
        contact_point_id=life.contacts[sent.person].id,
        address=life.phone(sent.person),
        cause=Cause.CAMPAIGN,
        case_id=life.cases[sent.case].id,
        campaign_id=town.campaigns[sent.line, sent.priority].id,
        sequence=1,
        template_version_id=town.versions[sent.template].id,
        variables={"1": "Ana"},
        due_at=at,
        created_at=at,
        state_at=at,
        provider_sid=life.sids[place] if sent.fate in ("arrived", "requeued") else None,
        attempts={"planned": 0, "requeued": 2}.get(sent.fate, 1),
        **said_of(_STATES[sent.fate], at),
    )


def _attempts(town: Town, life: Life, place: int) -> list[Attempt]:
    sent, message = life.told.sent[place], life.messages[place]
    outcome = {
        "arrived": AttemptOutcome.ACCEPTED,
        "in_flight": None,
        "uncertain": AttemptOutcome.UNKNOWN,
        "failed": AttemptOutcome.REJECTED,
        "requeued": AttemptOutcome.ACCEPTED,
    }
    tries: list[tuple[datetime, AttemptOutcome | None, str | None]] = []
    if sent.fate == "requeued":  # refused before he wrote, sent after
        before = town.now - timedelta(minutes=10)
        tries.append((before, AttemptOutcome.NOT_SENT, None))
    if sent.fate != "planned":
        tries.append((message.created_at, outcome[sent.fate], message.provider_sid))
    return [
        Attempt(
            message_id=message.id, number=number, owner="w1", started_at=at, outcome=how,
            provider_sid=sid,
        )
        for number, (at, how, sid) in enumerate(tries, start=1)
    ]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Something that happens: a word comes in, or we hear of a message of ours."""

    life: Life
    what: str  # word, created, status or second name
    place: int
    status: str = "sent"


def steps_of(life: Life, draw: Random | None) -> list[Step]:
    """What happens in a situation: first the words; shuffled and doubled when ``draw`` says so."""
    steps = [Step(life, "word", place) for place in range(len(life.told.words))]
    for place, sent in enumerate(life.told.sent):
        if sent.fate == "in_flight" and life.number % 2:
            steps.append(Step(life, "created", place))
        elif sent.fate in ("in_flight", "uncertain"):
            steps.append(Step(life, "status", place))
        if sent.named_twice:
            steps.append(Step(life, "second name", place))
        if sent.fate == "arrived" and 0 < sent.ago < 6 * 24 * 60 and place == 0:
            steps += [Step(life, "status", 0, "read"), Step(life, "status", 0, "delivered")]
    if draw is not None:
        steps += [each for each in steps if each.what != "created" and draw.random() < 0.5]
        steps += [each for each in steps if each.what == "word" and draw.random() < 0.3]
        draw.shuffle(steps)
    return steps


def happen(town: Town, lives: Sequence[Life], draw: Random, *, shuffled: bool) -> None:
    """Let it all happen, everybody's at once, with the appliers running in between."""
    for life in lives:
        life.words = [a_sid() for _ in life.told.words]
        for place, sent in enumerate(life.told.sent):
            if sent.named_twice:
                life.second_sids[place] = a_sid()
    queues = [steps_of(life, draw if shuffled else None) for life in lives]
    turns = [place for place, queue in enumerate(queues) for _ in queue]
    draw.shuffle(turns)
    for start in range(0, len(turns), 50):
        with _sessions(town).begin() as session:
            for turn in turns[start : start + 50]:
                _happens(session, queues[turn].pop(0), now=town.now)
        town.now += timedelta(seconds=1)
        _apply(town)
    for wait in (TIMES.unknown_sid_wait / 10, TIMES.unknown_sid_wait):
        town.now += wait
        _apply(town)
    _look(town, lives)


def _sessions(town: Town) -> sessionmaker[Session]:
    """Sessions of their own, as an applier has: ours is full of what we put there."""
    return sessionmaker(town.session.get_bind(), expire_on_commit=False)


def _apply(town: Town) -> None:
    """Words before what we hear of our own messages: an answer may be read before its question."""
    sessions, taken = _sessions(town), True
    while taken:
        with sessions.begin() as session:
            words = apply_inbound(
                session, parse=parse_inbound, signer=SIGNER, now=town.now, times=TIMES
            )
        with sessions.begin() as session:
            statuses = apply_statuses(
                session, parse=parse_status_callback, now=town.now, times=TIMES
            )
        taken = bool(statuses.taken or words.taken)


def _happens(session: Session, step: Step, *, now: datetime) -> None:
    life = step.life
    if step.what == "word":
        form = _form(life, step.place)
        store_event(
            session, EventKind.INBOUND, list(form.items()), now=now,
            provider_sid=form["MessageSid"], reply=parse_inbound(form), signer=SIGNER,
        )  # fmt: skip
        return
    message, sid = life.messages[step.place], life.sids[step.place]
    if step.what == "created":
        accepted = SendOutcome(message.id, 1, AttemptOutcome.ACCEPTED, sid=sid, http_status=201)
        record_outcomes(session, [accepted], now=now, times=TIMES, chance=Random(1))
        return
    if step.what == "second name":
        sid = life.second_sids[step.place]
    form = {
        "MessageSid": sid,
        "MessageStatus": step.status,
        "AccountSid": ACCOUNT,
        "To": f"whatsapp:{message.address}",
    }
    store_event(
        session, EventKind.STATUS, list(form.items()), now=now,
        provider_sid=sid, message_id=message.id, attempt=1,
    )  # fmt: skip


def _form(life: Life, place: int) -> dict[str, str]:
    """The word as Twilio posts it."""
    word = life.told.words[place]
    phone = life.phone(word.person)
    sender = {"username": life.username(word.person), "short": phone.replace("+549", "+54")}
    links = (SIGNER.sign(TokenKind.COUPON_LINK, life.messages[each].id) for each in word.links)
    form = {
        "MessageSid": life.words[place],
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{sender.get(word.by, phone)}",
        "To": f"whatsapp:{LINE}",
        "Body": " ".join([word.text, *(f"https://pregon.example/c/{each}" for each in links)]),
        "NumMedia": "0",
    }
    if word.by == "both":
        form["ExternalUserId"] = life.username(word.person)
    if word.signed is not None:
        which, position = word.signed
        token = SIGNER.sign(TokenKind.BUTTON, life.messages[which].id, position)
        form |= {"ButtonPayload": f"b{position}_{token}", "ButtonText": word.text}
    elif word.payload is not None:
        form |= {"ButtonPayload": word.payload, "ButtonText": word.text}
    if word.quotes is not None:
        sids = life.second_sids if word.quotes_second_sid else life.sids
        form["OriginalRepliedMessageSid"] = sids[word.quotes]
    elif word.quotes_stranger:
        form["OriginalRepliedMessageSid"] = a_sid()
    if word.stop:
        form["OptOutType"] = "STOP"
    return form


def _look(town: Town, lives: Sequence[Life]) -> None:
    """Read what became of every word, in one query each kind of row."""
    session = town.session
    session.expire_all()
    assert (
        session.scalars(
            select(WebhookEvent.note).where(
                WebhookEvent.state.not_in((EventState.APPLIED, EventState.IGNORED))
            )
        ).all()
        == []
    )
    words = {sid: (life, place) for life in lives for place, sid in enumerate(life.words)}
    rows = session.execute(
        select(Attribution, Message.provider_sid, Message.contact_point_id, Message.id)
        .join(Message, Message.id == Attribution.message_id)
        .where(Attribution.replaced_at.is_(None))
        .order_by(Attribution.id)
    ).all()
    results: dict[int | None, str] = {
        row.evidence_message_id: row.code
        for row in session.execute(
            select(Result.evidence_message_id, ResultType.code).join(
                ResultType, ResultType.id == Result.result_type_id
            )
        )
    }
    standing = set(session.scalars(select(Case.id).where(Case.subscription_id.is_(None))))
    for life in lives:
        life.applied, life.heard = [], {}
    for tie, sid, contact_id, message_id in rows:
        if sid not in words:
            continue
        life, place = words[sid]
        case_of = {case.id: key for key, case in life.cases.items()} | dict.fromkeys(standing)
        place_of = {message.id: key for key, message in life.messages.items()}
        person_of = {contact.id: key for key, contact in life.contacts.items()}
        shown = _CANDIDATES.search(tie.note or "")
        life.applied.append(place)
        life.heard[place] = Heard(
            basis=tie.basis.value,
            confidence=tie.confidence.value,
            case=case_of[tie.case_id],
            answers=None if tie.answers_id is None else place_of[tie.answers_id],
            candidates=frozenset(
                key for each in (shown[1].split(", ") if shown else ())
                if (key := case_of[int(each)]) is not None
            ),
            result=results.get(message_id),
            person=person_of.get(contact_id or 0, STRANGER),
        )  # fmt: skip
    left = set(session.scalars(select(OptOut.contact_point_id)))
    for life in lives:
        life.left = {person for person, each in life.contacts.items() if each.id in left}


def received_count(town: Town, lives: Sequence[Life]) -> int:
    """How many messages of customers these situations left in the ledger."""
    sids = [sid for life in lives for sid in life.words]
    found = select(Message.id).where(Message.provider_sid.in_(sids))
    return len(town.session.scalars(found).all())
