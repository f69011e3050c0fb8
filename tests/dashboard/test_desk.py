"""The desk on the screen: the list, the talk, the result; what others did meanwhile."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import desk
from dashboard.desk_version import own_minute
from models.campaign import CampaignOperator, ResultType
from models.case import Case, NextAction, Note, Result
from models.message import Attribution, Cause, Message
from models.people import Customer, OptOut, Role
from models.states import CaseState
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser
from tests.statements import statements

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    """An operator of the campaign."""
    return _operator(office, signed_in, "Lucía Ferreyra")


def _operator(office: Outbox, signed_in: SignIn, name: str) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _answered(
    office: Outbox, phone: str = ANA, body: str = "¿puedo pagar el viernes?", hours: float = 0
) -> int:
    """A case whose customer wrote so many hours ago; its phone is the case's, as planned."""
    now, office.now = office.now, office.now - timedelta(hours=hours)
    message = office.a_message(phone)
    office.inbound(body, sender=phone)
    office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.now = now
    office.fresh()
    return case.id


def _case(office: Outbox, case_id: int) -> Case:
    office.fresh()
    return office.session.get_one(Case, case_id)


def _early_in_the_minute_of(someone: Browser) -> None:
    """With every minute of his a screen is drawn anew: that is not what is looked at here."""
    began = own_minute(int(time.time()), someone.user_id)
    if own_minute(int(time.time()) + 15, someone.user_id) != began:
        while own_minute(int(time.time()), someone.user_id) == began:
            time.sleep(0.1)


def _version(page: str) -> str:
    found = re.search(r'id="desk-live"[^>]*hx-get="[^"]*[?&;]v=([^"&]*)', page)
    assert found is not None
    return found[1]


# what is seen


def test_the_desk_lists_who_waits_and_shows_the_talk(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    desk_page = lucia.get("/desk?view=unassigned").text
    page = lucia.get(f"/desk/{case_id}?view=unassigned").text

    assert "¿puedo pagar el viernes?" in desk_page
    assert "Elegí una consulta" in desk_page
    for said in ("Hola Ana.", "¿puedo pagar el viernes?", "Ventana abierta", "Promesa de pago",
                 "única consulta abierta", "Tomar consulta", "Plan de ahorro"):  # fmt: skip
        assert said in page, said
    assert "<title>" in page
    assert "Bandeja · Pregón" in page


def test_an_empty_desk_says_so(lucia: Browser) -> None:
    page = lucia.get("/desk").text

    assert "Bandeja al día" in page


def test_an_operator_sees_the_cases_of_his_campaigns_alone(
    office: Outbox, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    stranger = signed_in(Role.OPERATOR)

    assert "¿puedo pagar" not in stranger.get("/desk?view=all").text
    for method, path in (
        ("GET", f"/desk/{case_id}"),
        ("GET", f"/desk/{case_id}/older?before=9"),
        ("GET", f"/desk/{case_id}/templates"),
        ("GET", f"/desk/{case_id}/result"),
        ("GET", f"/desk/{case_id}/candidates?find=ana"),
        ("GET", f"/desk/live?case={case_id}"),
        ("POST", f"/desk/{case_id}/messages"),
        ("POST", f"/desk/{case_id}/notes"),
        ("POST", f"/desk/{case_id}/templates"),
        ("POST", f"/desk/{case_id}/read"),
        ("POST", f"/desk/{case_id}/take"),
        ("POST", f"/desk/{case_id}/release"),
        ("POST", f"/desk/{case_id}/reopen"),
        ("POST", f"/desk/{case_id}/results"),
        ("POST", f"/desk/{case_id}/results/1/undo"),
        ("POST", f"/desk/{case_id}/results/1/confirm"),
        ("POST", f"/desk/{case_id}/messages/1/tie"),
        ("POST", f"/desk/{case_id}/identify"),
    ):
        assert stranger.open(path, method=method, data={"body": "x"}).status_code == 404, path


@pytest.mark.parametrize("query", ["view=nobody", "campaign=x", "after=1", "after=9_9_9_9"])
def test_an_address_that_means_nothing_is_not_found(lucia: Browser, query: str) -> None:
    assert lucia.get(f"/desk?{query}").status_code == 404


def test_what_is_searched_for_stays_in_the_address(office: Outbox, lucia: Browser) -> None:
    _answered(office, ANA)
    _answered(office, BEN, "otra cosa")

    page = lucia.get("/desk?view=all&q=0002").text

    assert ("otra cosa" in page, "¿puedo pagar" in page) == (True, False)
    assert 'value="0002"' in page
    assert "Nadie con «zzzz»" in lucia.get("/desk?view=all&q=zzzz").text


def test_what_a_customer_writes_is_text_and_nothing_else(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office, body="<script>alert(1)</script> *hola*")

    page = lucia.get(f"/desk/{case_id}").text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# writing


def test_an_answer_is_written_and_takes_the_case(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    answer = lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."})

    case = _case(office, case_id)
    message = office.session.scalars(select(Message).where(Message.cause == Cause.REPLY)).one()
    assert (answer.status_code, case.operator_id) == (303, lucia.user_id)
    assert (message.body, message.author_id, message.case_id) == (
        "Sí, dale.", lucia.user_id, case_id,
    )  # fmt: skip
    assert "En cola" in lucia.get(f"/desk/{case_id}").text


def test_htmx_gets_an_empty_composer_and_the_grown_thread(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    answer = lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."}, headers=PARTIAL)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="composer"')
    assert f'data-draft-sent="case-{case_id}"' in answer.text
    assert 'hx-target="#thread-log"' in answer.text
    assert "Sí, dale." in answer.text


def test_a_text_that_cannot_go_stays_and_says_why(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    empty = lucia.post(f"/desk/{case_id}/messages", data={"body": " "}, headers=PARTIAL)
    long = lucia.post(f"/desk/{case_id}/messages", data={"body": "x" * 1_601}, headers=PARTIAL)

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "Escribí un mensaje." in empty.text
    assert "x" * 1_601 in long.text


def test_a_closed_window_offers_what_is_possible(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office, hours=25)

    page = lucia.get(f"/desk/{case_id}").text
    refused = lucia.post(f"/desk/{case_id}/messages", data={"body": "¿seguís?"}, headers=PARTIAL)

    assert "Ventana cerrada" in page
    assert "Elegir plantilla" in page
    assert 'name="body"' not in page
    assert (refused.status_code, "¿seguís?" in refused.text) == (422, True)


def test_a_template_is_offered_filled_and_sent(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office, hours=25)

    offers = lucia.get(f"/desk/{case_id}/templates", headers=PARTIAL).text
    sent = lucia.post(f"/desk/{case_id}/templates", data={"version": str(office.version.id)})

    office.fresh()
    message = office.session.scalars(select(Message).where(Message.cause == Cause.REPLY)).one()
    assert "Hola Cliente." in offers
    assert sent.status_code == 303
    assert message.template_version_id == office.version.id


def test_a_note_is_left_on_a_colleagues_case(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})
    diego = _operator(office, signed_in, "Diego Ocampo")

    page = diego.get(f"/desk/{case_id}").text
    diego.post(f"/desk/{case_id}/notes", data={"body": "Cobra los 28."})

    assert "La tiene Lucía Ferreyra." in page
    assert 'id="result-form' not in page
    assert office.session.scalars(select(Note.body)).one() == "Cobra los 28."
    assert "Nota interna · Diego Ocampo" in lucia.get(f"/desk/{case_id}").text


# taking


def test_of_two_who_take_a_case_the_second_reads_who_has_it(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    diego = _operator(office, signed_in, "Diego Ocampo")
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})

    told = diego.post(f"/desk/{case_id}/take", data={"held_by": ""}, headers=PARTIAL)
    diego.post(f"/desk/{case_id}/take", data={"held_by": str(lucia.user_id)})

    assert (told.status_code, "La tiene Lucía Ferreyra" in told.text) == (409, True)
    assert _case(office, case_id).operator_id == diego.user_id


def test_a_case_is_given_back_to_the_pool(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})

    lucia.post(f"/desk/{case_id}/release")

    assert _case(office, case_id).operator_id is None


# results


def _result(office: Outbox, code: str, **fields: str) -> dict[str, str]:
    return {"result": str(office.result_type(code).id), "seen": "0", "go": "stay", **fields}


def test_choosing_a_result_asks_for_its_value_alone(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    def asked(code: str) -> str:
        path = f"/desk/{case_id}/result?result={office.result_type(code).id}"
        return lucia.get(path, headers=PARTIAL).text

    promise, refusal = asked("promesa_de_pago"), asked("se_niega")

    assert 'name="day"' in promise
    assert 'name="amount"' in promise
    assert "El día hábil siguiente" in promise
    assert 'name="day"' not in refusal
    assert "Cierra la consulta." in refusal


def test_a_promise_typed_as_people_say_it_is_recorded(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    answer = lucia.post(
        f"/desk/{case_id}/results",
        data=_result(
            office, "promesa_de_pago", day="viernes", amount="50 mil", note="cobra",
            next_action="after",
        ),
    )  # fmt: skip

    office.fresh()
    result = office.session.scalars(select(Result)).one()
    action = office.session.scalars(select(NextAction)).one()
    assert answer.status_code == 303
    assert (result.amount, result.note, result.by_id) == (Decimal(50_000), "cobra", lucia.user_id)
    assert result.value_date is not None
    assert result.value_date.weekday() == 4
    assert action.due_at.date() == result.value_date + timedelta(days=1)
    page = lucia.get(f"/desk/{case_id}").text
    assert "Gestión registrada: Promesa de pago." in page
    assert "Deshacer" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Escribí la fecha"),
        ({"day": "cuando cobre", "amount": "1000"}, "No se entiende la fecha"),
        ({"day": "viernes", "amount": ""}, "Escribí el importe"),
        ({"day": "viernes", "amount": "$ 0"}, "tiene que ser mayor que cero: escribí cuánto es"),
        ({"day": "viernes", "amount": "1000", "next_action": "at"}, "Escribí cuándo"),
    ],
    ids=["nothing", "no date", "no amount", "zero", "no moment"],
)
def test_what_is_missing_is_said_beside_the_field_and_the_rest_stays(
    office: Outbox, lucia: Browser, fields: dict[str, str], said: str
) -> None:
    case_id = _answered(office)

    answer = lucia.post(
        f"/desk/{case_id}/results",
        data=_result(office, "promesa_de_pago", note="lo que escribí", **fields),
        headers=PARTIAL,
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert "lo que escribí" in answer.text
    assert office.session.scalars(select(Result)).all() == []


def test_no_result_chosen_is_said_under_the_options(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    answer = lucia.post(f"/desk/{case_id}/results", data={"seen": "0"}, headers=PARTIAL)

    assert answer.status_code == 422
    assert "Elegí un resultado para cerrar la gestión." in answer.text


def test_save_and_next_opens_the_next_case_of_the_list(office: Outbox, lucia: Browser) -> None:
    first, second = _answered(office, ANA, hours=2), _answered(office, BEN, hours=1)

    answer = lucia.post(
        f"/desk/{first}/results?view=all",
        data={**_result(office, "se_niega"), "go": "next"},
        headers=PARTIAL,
    )
    plain = lucia.post(
        f"/desk/{second}/results?view=all", data={**_result(office, "se_niega"), "go": "next"}
    )

    assert answer.headers["HX-Push-Url"] == f"/desk/{second}?view=all"
    assert 'id="desk"' in answer.text
    assert plain.headers["Location"] == "/desk?view=all"


def test_a_closed_case_says_by_what_and_can_be_undone(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/results", data=_result(office, "se_niega"))

    page = lucia.get(f"/desk/{case_id}").text
    undo = re.search(r'action="(/desk/\d+/results/\d+/undo[^"]*)"', page)
    assert "Gestión cerrada: Se niega" in page
    assert undo is not None
    assert _case(office, case_id).state is CaseState.FINISHED
    lucia.post(undo[1].replace("&amp;", "&"))

    assert _case(office, case_id).state is CaseState.IN_PROGRESS


@pytest.mark.parametrize(
    ("days", "why"), [(-2, "Esa fecha ya pasó."), (500, "Falta más de un año")]
)
def test_nobody_promises_to_have_paid_or_for_another_age(
    office: Outbox, lucia: Browser, days: int, why: str
) -> None:
    case_id = _answered(office)
    day = (office.now + timedelta(days=days)).strftime("%d/%m/%Y")
    form = _result(office, "promesa_de_pago", day=day, amount="45.000")

    refused = lucia.post(f"/desk/{case_id}/results", data=form, headers=PARTIAL)

    assert (refused.status_code, why in refused.text) == (422, True)
    assert office.session.scalars(select(Result.id)).all() == []


def test_a_text_that_is_too_long_is_kept_whole_and_says_by_how_much(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office)

    refused = lucia.post(f"/desk/{case_id}/messages", data={"body": "a" * 2004}, headers=PARTIAL)
    nothing = lucia.post(f"/desk/{case_id}/messages", data={"body": " "}, headers=PARTIAL)

    assert "Tiene 2.004 caracteres y entran 1.600" in refused.text
    assert "a" * 2004 in refused.text
    assert "Escribí un mensaje." in nothing.text


def test_who_writes_a_note_goes_on_writing_one_after_another_act(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office)
    page = f"http://localhost/desk/{case_id}?view=all&mode=note"

    told = lucia.post(f"/desk/{case_id}/take", headers={**PARTIAL, "HX-Current-URL": page})
    other = lucia.post(
        f"/desk/{case_id}/release",
        headers={**PARTIAL, "HX-Current-URL": page.replace(str(case_id), str(case_id + 1))},
    )

    assert f'id="note-form-{case_id}"' in told.text
    assert f'id="note-form-{case_id}"' not in other.text


def test_who_identifies_somebody_stays_in_the_list_that_he_was_in(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office)
    subscription = office.session.get_one(Subscription, _case(office, case_id).subscription_id)
    name = office.session.get_one(Customer, subscription.customer_id).name
    page = "http://localhost/desk?view=unassigned&q=5555"

    found = lucia.get(
        f"/desk/{case_id}/candidates",
        query_string={"find": name},
        headers={**PARTIAL, "HX-Current-URL": page},
    ).text

    assert f"/desk/{case_id}/identify?view=unassigned&amp;q=5555" in found


def test_who_undoes_an_opt_out_is_told_that_it_stands(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/results", data=_result(office, "no_desea_mensajes"))
    page = lucia.get(f"/desk/{case_id}").text
    undo = re.search(r'action="(/desk/\d+/results/\d+/undo[^"]*)"', page)
    assert undo is not None

    told = lucia.post(undo[1].replace("&amp;", "&"), headers=PARTIAL)

    assert "La baja sigue en pie hasta que el cliente escriba ALTA." in told.text
    standing = select(OptOut.id).where(OptOut.revoked_at.is_(None))
    assert len(office.session.scalars(standing).all()) == 1


def test_no_field_of_one_form_is_named_as_in_another(office: Outbox, lucia: Browser) -> None:
    """A morph carries what is typed over to a field of the same name: of another customer."""
    first, second = _answered(office, ANA), _answered(office, BEN)

    def fields(case_id: int) -> set[str]:
        page = lucia.get(f"/desk/{case_id}").text
        return set(re.findall(r'<(?:input|textarea|select)[^>]* id="([^"]+)"', page)) - {"desk-q"}

    before = fields(first)
    lucia.post(f"/desk/{first}/results", data=_result(office, "no_puede_pagar"))

    typed = {name for name in before if str(first) in name}
    assert len(typed) > 10
    assert not typed & fields(second)
    of_the_case = ("reply-", "files-", "send-file-", "send-caption-")  # whatever was recorded in it
    assert {name for name in typed & fields(first) if not name.startswith(of_the_case)} == set()


def test_a_finished_case_is_reopened(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/results", data=_result(office, "se_niega"))

    lucia.post(f"/desk/{case_id}/reopen")
    again = lucia.post(f"/desk/{case_id}/reopen", headers=PARTIAL)

    assert _case(office, case_id).state is CaseState.IN_PROGRESS
    assert again.status_code == 409


def test_the_second_of_two_saves_is_told_and_keeps_what_he_typed(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office)
    data = _result(office, "no_puede_pagar", note="lo mío")
    lucia.post(f"/desk/{case_id}/results", data=data)

    answer = lucia.post(f"/desk/{case_id}/results", data=data, headers=PARTIAL)

    assert answer.status_code == 409
    assert "se registró otra gestión" in answer.text
    assert "lo mío" in answer.text
    assert len(office.session.scalars(select(Result)).all()) == 1
    seen = re.search(r'name="seen" type="hidden" value="(\d+)"', answer.text)
    assert seen is not None
    fresh = lucia.post(f"/desk/{case_id}/results", data={**data, "seen": seen[1]})
    assert fresh.status_code == 303


def test_what_a_button_said_is_shown_as_the_systems_and_confirmed(
    office: Outbox, lucia: Browser
) -> None:
    message = office.a_message(ANA)
    _case(office, message.case_id or 0).contact_point_id = message.contact_point_id
    office.inbound("Botón 1", ButtonPayload=office.payload(message, 1), ButtonText="Ya pagué")
    office.apply_inbound()
    case_id = message.case_id
    result_id = office.session.scalars(select(Result.id)).one()

    page = lucia.get(f"/desk/{case_id}").text
    lucia.post(f"/desk/{case_id}/results/{result_id}/confirm")

    assert "Tocó un botón" in page
    assert "Lo registró el sistema" in page
    office.fresh()
    newest = office.session.scalars(select(Result).order_by(Result.id.desc())).first()
    assert newest is not None
    assert (newest.by_id, newest.supersedes_id) == (lucia.user_id, result_id)


def test_what_was_confirmed_is_not_called_corrected(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    message = office.a_message(ANA)
    _case(office, message.case_id or 0).contact_point_id = message.contact_point_id
    office.inbound("Botón 1", ButtonPayload=office.payload(message, 1), ButtonText="Ya pagué")
    office.apply_inbound()
    case_id = message.case_id
    result_id = office.session.scalars(select(Result.id)).one()
    subscription_id = _case(office, case_id or 0).subscription_id
    lucia.post(f"/desk/{case_id}/results/{result_id}/confirm")
    supervisor = signed_in(Role.SUPERVISOR)
    pages = [
        lucia.get(f"/desk/{case_id}").text,
        supervisor.get(f"/campaigns/{office.campaign.id}/results?replaced=1").text,
        supervisor.get(f"/subscriptions/{subscription_id}").text,
    ]

    for page in pages:
        assert "confirmada" in page
        for said in ("sin efecto", "corregida)", "corregida después", "is-void", "is-gone"):
            assert said not in page, said
    newest = office.session.scalars(select(func.max(Result.id))).one()
    lucia.post(f"/desk/{case_id}/results/{newest}/undo")
    assert "confirmada" not in lucia.get(f"/desk/{case_id}").text


def test_a_doubtful_reply_asks_for_its_subscription(office: Outbox, lucia: Browser) -> None:
    other = office.a_message(ANA)
    _case(office, other.case_id or 0).contact_point_id = other.contact_point_id
    office.fresh()
    case_id = _answered(office)
    came = office.received().id
    tied = office.session.scalars(select(Case.id).where(Case.waiting_since.is_not(None))).one()
    elsewhere = other.case_id if tied == case_id else case_id

    page = lucia.get(f"/desk/{tied}").text
    lucia.post(f"/desk/{tied}/messages/{came}/tie", data={"case": str(elsewhere)})

    assert "¿Por cuál suscripción?" in page
    assert _case(office, elsewhere or 0).waiting_since is not None
    assert "lo indicó Lucía Ferreyra" in lucia.get(f"/desk/{elsewhere}").text


def test_a_reply_is_not_tied_to_somebody_elses_case(office: Outbox, lucia: Browser) -> None:
    """What is written there would go to whoever wrote this."""
    case_id = _answered(office)
    came = office.received().id
    bens = office.a_message(BEN).case_id
    office.session.commit()

    answer = lucia.post(f"/desk/{case_id}/messages/{came}/tie", data={"case": str(bens)})

    assert answer.status_code == 404
    tied = select(Attribution.case_id).where(Attribution.replaced_at.is_(None))
    assert office.session.scalars(tied).all() == [case_id]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("notes", {"body": "una\x00nota"}),
        ("results", {"seen": "9" * 5_000}),
        ("results", {"seen": "0", "corrects": "9" * 30}),
    ],
)
def test_what_no_field_can_hold_is_refused_and_is_no_failure_of_ours(
    office: Outbox, lucia: Browser, path: str, data: dict[str, str]
) -> None:
    case_id = _answered(office)

    page = lucia.get(f"/desk/{case_id}?view=all").text
    offered = [int(each) for each in re.findall(r'name="result" value="(\d+)"', page)]
    plain = select(ResultType.id).where(
        ResultType.id.in_(offered), ResultType.value_kind == "none", ~ResultType.is_opt_out
    )
    result = office.session.scalars(plain.limit(1)).one()

    answer = lucia.post(f"/desk/{case_id}/{path}", data={"result": str(result), **data})

    assert answer.status_code in ((422,) if path == "notes" else (404, 409))


# live


def test_a_poll_brings_nothing_until_something_happened(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    from runtime import live

    case_id = _answered(office)
    _early_in_the_minute_of(lucia)
    page = lucia.get(f"/desk/{case_id}?view=all").text
    mark = re.search(r"[?&;]c=([a-z_-]+)", page)
    assert mark is not None
    path = f"/desk/live?case={case_id}&view=all&c={mark[1]}&v={_version(page)}"

    assert lucia.get(path, headers=PARTIAL).status_code == 204
    office.inbound("¿hola?")
    office.apply_inbound()
    live.touch(runtime.redis, live.campaign(office.campaign.id))
    news = lucia.get(path, headers=PARTIAL)

    assert news.status_code == 200
    assert news.text.lstrip().startswith('<div id="desk-live"')
    assert "¿hola?" in news.text
    assert 'hx-target="#thread-log"' in news.text
    assert 'hx-target="#composer"' not in news.text  # somebody is typing there
    assert 'hx-target="#result-panel"' not in news.text


def test_what_is_said_to_colleagues_waits_a_moment_on_ones_own_list_and_not_on_all(
    office: Outbox, lucia: Browser, signed_in: SignIn, runtime: Runtime
) -> None:
    from runtime import live

    case_id = _answered(office)
    diego = _operator(office, signed_in, "Diego Ocampo")
    diego.post(f"/desk/{case_id}/take", data={"held_by": ""})
    _early_in_the_minute_of(diego)
    mine = diego.get(f"/desk/{case_id}?view=mine").text
    all_of_them = diego.get(f"/desk/{case_id}?view=all").text

    def poll(view: str, page: str) -> int:
        mark = re.search(r"[?&;]m=([0-9a-f]+)", page)
        assert mark is not None
        path = f"/desk/live?case={case_id}&view={view}&m={mark[1]}&v={_version(page)}"
        return diego.get(path, headers=PARTIAL).status_code

    assert (poll("mine", mine), poll("all", all_of_them)) == (204, 204)
    live.touch(runtime.redis, live.talks(office.campaign.id))
    assert (poll("mine", mine), poll("all", all_of_them)) == (204, 200)
    office.inbound("¿hola?")
    office.apply_inbound()  # in the open case: seen whatever the list does
    assert poll("mine", mine) == 200
    live.touch(runtime.redis, live.user(diego.user_id))
    assert poll("mine", mine) == 200


def test_a_tap_brings_its_result_to_the_open_case_to_be_confirmed(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    from runtime import live

    case_id = _answered(office)
    page = lucia.get(f"/desk/{case_id}?view=all").text
    message = office.session.scalars(select(Message).where(Message.case_id == case_id)).one()
    office.inbound("Botón 1", ButtonPayload=office.payload(message, 1), ButtonText="Ya pagué")
    office.apply_inbound()
    live.touch(runtime.redis, live.campaign(office.campaign.id))

    news = lucia.get(f"/desk/live?case={case_id}&view=all&v={_version(page)}", headers=PARTIAL).text

    assert '<div id="result-so-far" class="stack tight"></div>' in page
    drawn = re.search(r'hx-target="#result-so-far".*?</hx-partial>', news, re.DOTALL)
    assert drawn is not None
    assert "Lo registró el sistema" in drawn[0]
    assert "/confirm" in drawn[0]
    assert 'hx-target="#result-panel"' not in news


def test_a_poll_changes_the_composer_when_a_colleague_took_the_case(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    page = lucia.get(f"/desk/{case_id}?view=all").text
    diego = _operator(office, signed_in, "Diego Ocampo")
    diego.post(f"/desk/{case_id}/take", data={"held_by": ""})

    news = lucia.get(
        f"/desk/live?case={case_id}&view=all&c=free-open-reply-pending&v={_version(page)}",
        headers=PARTIAL,
    )

    assert 'hx-target="#composer"' in news.text
    assert "La tiene Diego Ocampo." in news.text
    assert "para registrar un resultado, tomala" in news.text
    assert "Guardar y siguiente" not in news.text


def test_what_was_written_when_a_colleague_took_the_case_stays_and_says_why(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    diego = _operator(office, signed_in, "Diego Ocampo")
    diego.post(f"/desk/{case_id}/take", data={"held_by": ""})

    told = lucia.post(
        f"/desk/{case_id}/messages", data={"body": "Ya lo miro, Ana."}, headers=PARTIAL
    )

    assert told.status_code == 422
    assert "La tiene Diego Ocampo: tomala para seguir." in told.text
    assert "Tu mensaje, sin enviar" in told.text
    assert "Ya lo miro, Ana.</textarea>" in told.text


def test_reading_clears_the_count_and_leaves_the_wait(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)

    lucia.post(f"/desk/{case_id}/read", headers=PARTIAL)

    case = _case(office, case_id)
    assert case.read_through is not None
    assert case.waiting_since is not None
    assert "sin leer" not in lucia.get("/desk?view=all").text


def test_what_waits_for_me_is_counted_in_the_navigation(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})

    assert re.search(r'data-counter="waiting">1<', lucia.get("/desk").text)


def test_who_was_unknown_is_identified_by_search(office: Outbox, signed_in: SignIn) -> None:
    boss = signed_in(Role.SUPERVISOR)
    office.inbound("¿quién son?", sender="+5491155559999")
    office.apply_inbound()
    case = office.session.scalars(select(Case).where(Case.subscription_id.is_(None))).one()
    known = office.a_case()
    office.fresh()
    case_id, subscription_id = case.id, known.subscription_id

    page = boss.get(f"/desk/{case_id}").text
    found = boss.get(f"/desk/{case_id}/candidates?find=cliente", headers=PARTIAL).text
    boss.post(f"/desk/{case_id}/identify", data={"subscription": str(subscription_id)})

    assert "No sabemos de quién es este número." in page
    assert re.search(r'<input[^>]*name="find"[^>]*data-key="i" title="Identificar', page)
    assert page.count('data-key="i"') == 1
    assert "Es de acá" in found
    assert _case(office, case_id).subscription_id == subscription_id


def test_a_page_costs_the_same_few_queries_however_full(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    def cost(path: str) -> int:
        with statements(*runtime.engines) as asked:
            lucia.get(path)
        return len(asked)

    case_id = _answered(office)
    lucia.get(f"/desk/{case_id}")
    few = cost("/desk?view=all"), cost(f"/desk/{case_id}?view=all")
    for n in range(8):
        _answered(office, f"+54911777{n:05d}")
        desk.answer(
            office.session, case_id, f"{n}", by_id=lucia.user_id,
            now=office.now + timedelta(minutes=n),
        )  # fmt: skip
    office.fresh()
    many = cost("/desk?view=all"), cost(f"/desk/{case_id}?view=all")

    assert few == many
    assert few[0] <= 12
    assert few[1] <= 17
