"""The forms of the desk: a message, a note, a result with its value and what comes next."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from campaigns.desk_card import CouponCard
from campaigns.desk_choices import ResultOption
from campaigns.result_values import TypedValue
from campaigns.results import NextActionPlan
from campaigns.working_days import working_day
from dashboard.desk_ways import WAYS
from dashboard.formats import example_day
from dashboard.inputs import DayField, MomentField, MoneyField
from dashboard.language import _
from dashboard.moments import Proposal, proposed
from models.campaign import ValueKind
from models.case import Channel, Party
from models.values import Money

_DATED = (ValueKind.DATE, ValueKind.DATE_AMOUNT, ValueKind.DATE_TEXT)
_IN_WORDS = (ValueKind.TEXT, ValueKind.DATE_TEXT)
_PAID = (ValueKind.AMOUNT, ValueKind.DATE_AMOUNT)
MAX_DETAIL = 2_000
_MOST_OFFERED = 20
_LONGEST_PROMISE = timedelta(days=366)


class ResultForm(FlaskForm):
    """One handling of a case. Which value is asked for depends on the result that was chosen."""

    result = RadioField(_("Resultado"), coerce=int, validate_choice=False)
    day = DayField(_("Fecha"))
    amount = MoneyField(_("Importe"))
    number = IntegerField(_("Valor"), [Optional()])
    choice = RadioField(_("Opción"), choices=[], validate_choice=False)
    text = StringField(_("Dato"), [Length(max=500)])
    note = TextAreaField(_("Detalle"), [Length(max=MAX_DETAIL)])
    channel = SelectField(_("Por dónde"), choices=[], validate_choice=False)
    next_action = RadioField(_("Próxima acción"), choices=[], default="", validate_choice=False)
    next_at = MomentField(_("Cuándo"))
    seen = HiddenField()  # the newest result that was on the screen
    evidence = SelectField(_("Un adjunto"), choices=[], validate_choice=False)  # it rests on that
    file = FileField(_("O uno nuevo"))  # … or on this one, kept with it
    corrects = HiddenField()  # the result that this one stands in for
    suggested = HiddenField()  # the message whose suggestion was used

    def __init__(
        self,
        options: Sequence[ResultOption],
        *,
        key: str,
        now: datetime,
        zone: ZoneInfo,
        **kwargs: Any,
    ) -> None:
        """``key`` names this form on the page: another case, or the next result, is another form.

        Were the names alike, a morph would carry what was typed from one customer to the next.
        """
        super().__init__(**kwargs)
        self.key = key
        for each in self:
            each.id = each.label.field_id = f"{each.name}-{key}"
        self._now, self._zone, self.offered = now, zone, options
        self.result.choices = [(option.id, option.name) for option in options]
        self.channel.choices = list(WAYS.items())
        chosen = self.chosen
        self.choice.choices = list(chosen.choices) if chosen else []
        self.next_action.choices = self._next_actions(chosen)

    @property
    def chosen(self) -> ResultOption | None:
        return next((each for each in self.offered if each.id == self.result.data), None)

    @property
    def asks_day(self) -> bool:
        return self.chosen is not None and self.chosen.value_kind in _DATED

    @property
    def asks_amount(self) -> bool:
        return self.chosen is not None and self.chosen.value_kind in _PAID

    @property
    def asks_when(self) -> bool:
        """Who asks to be called says when: that is typed first."""
        return self.chosen is not None and self.chosen.code == "pide_que_lo_llamen"

    @property
    def asks_words(self) -> bool:
        return self.asks in _IN_WORDS

    @property
    def way(self) -> tuple[Channel, Party | None]:
        """The channel, and who began; anything else that is said is WhatsApp."""
        said = self.channel.data if self.channel.data in WAYS else "whatsapp"
        channel, _colon, began = (said or "").partition(":")
        return Channel(channel), Party(began) if began else None

    @property
    def asks(self) -> ValueKind:
        return self.chosen.value_kind if self.chosen else ValueKind.NONE

    def offer_evidence(self, attached: Sequence[tuple[int, str]]) -> None:
        """The files that lie beside the subscription, the newest first: id and name."""
        none = _("La que tenía") if self.corrects.data else _("Ninguno")
        chosen = [each for each in attached if str(each[0]) == self.evidence.data]
        self.evidence.choices = [
            ("", none),
            *((str(id), name) for id, name in dict.fromkeys([*attached[:_MOST_OFFERED], *chosen])),
        ]

    def suggest(self, coupon: CouponCard | None) -> None:
        """Fill in what is known, and the next action that the type proposes."""
        if self.asks_amount and self.amount.data is None and coupon is not None:
            self.amount.data, self.amount.currency = coupon.amount, coupon.currency
        proposes = self.chosen is not None and self.chosen.proposes_next_action
        self.next_action.data = ("after" if self.asks_day else "tomorrow") if proposes else ""
        if self.asks_when:
            self.next_action.data = "at"

    def validate(self, extra_validators: Any = None) -> bool:
        is_good: bool = super().validate(extra_validators)
        if self.chosen is None:
            self.result.errors = [_("Elegí un resultado para cerrar la gestión.")]
            return False
        if self.asks_day and self.day.data is None and not self.day.errors:
            example = example_day(self._now.astimezone(self._zone).date())
            said = _("Escribí la fecha: por ejemplo, viernes o %(day)s.")
            self.day.errors = [said % {"day": example}]
            is_good = False
        if self.day.data and not self.day.errors and (why := self._why_no_promise(self.day.data)):
            self.day.errors = [why]
            is_good = False
        if self.asks_amount and self.amount.data is None and not self.amount.errors:
            self.amount.errors = [_("Escribí el importe.")]
            is_good = False
        if self.next_action.data == "at" and self.next_at.data is None and not self.next_at.errors:
            self.next_at.errors = [_("Escribí cuándo: por ejemplo, mañana 10.")]
            is_good = False
        if self.next_action.data == "at" and self.next_at.data and self.next_at.data < self._now:
            self.next_at.errors = [_("Ese momento ya pasó.")]
            is_good = False
        return is_good

    def _why_no_promise(self, day: date) -> str | None:
        if self.asks is not ValueKind.DATE_AMOUNT:
            return None
        today = self._now.astimezone(self._zone).date()
        if day < today:
            return _("Esa fecha ya pasó.")
        if day > today + _LONGEST_PROMISE:
            return _("Falta más de un año: revisá la fecha.")
        return None

    def value(self) -> TypedValue:
        """Only what the chosen type asks for: what stands in other fields was for another."""
        money = None
        if self.asks_amount and self.amount.data is not None:
            money = Money(self.amount.data, self.amount.currency)
        text = None
        if self.asks is ValueKind.CHOICE:
            text = self.choice.data or None
        elif self.asks_words:
            text = (self.text.data or "").strip() or None
        return TypedValue(
            date=self.day.data if self.asks_day else None,
            money=money,
            integer=self.number.data if self.asks is ValueKind.INTEGER else None,
            text=text,
        )

    def plan(self) -> NextActionPlan | None:
        """What somebody will do next; nothing after a result that closes the case."""
        chosen = self.chosen
        if chosen is None or chosen.closes or not self.next_action.data:
            return None
        at = self._moment(self.next_action.data)
        return None if at is None else NextActionPlan(chosen.name, at)

    def _moment(self, choice: str) -> datetime | None:
        today = self._now.astimezone(self._zone).date()
        if choice == "at":
            found: datetime | None = self.next_at.data
            return found
        if choice == "after" and self.day.data is not None:
            return self._at(working_day(self.day.data + timedelta(days=1)), 10)
        return {
            "today": self._at(today, 18),
            "tomorrow": self._at(working_day(today + timedelta(days=1)), 10),
            "days": self._at(working_day(today + timedelta(days=3)), 10),
        }.get(choice)

    def _proposals(self) -> list[Proposal]:
        """Tomorrow and in three days; where nobody works then, the next day on which people do."""
        found = (proposed(code, self._now, self._zone) for code in ("tomorrow", "days"))
        return [each for each in found if each is not None]

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self._zone).astimezone(UTC)

    def _next_actions(self, chosen: ResultOption | None) -> list[tuple[str, str]]:
        choices = [("", _("Ninguna"))]
        if chosen is not None and chosen.value_kind in _DATED:
            choices.append(("after", _("El día hábil siguiente, 10:00")))
        if self._now.astimezone(self._zone).hour < 18:
            choices.append(("today", _("Hoy 18:00")))
        return [
            *choices,
            *((each.code, each.text) for each in self._proposals()),
            ("at", _("Elegir…")),
        ]
