"""What the desk suggests for a customer's words, and what becomes of it."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import CampaignOperator, ResultType
from models.case import Case, NextAction, Result
from models.people import Role
from runtime import live
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: Callable[..., Browser]) -> Browser:
    browser = signed_in(Role.OPERATOR, name="Lucía Ferreyra")
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _wrote(office: Outbox, *texts: str, **fields: str) -> int:
    message = office.a_message(ANA)
    for text in texts:
        office.inbound(text, sender=ANA, **fields)
        office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.fresh()
    return case.id


def _use(page: str) -> str:
    """Where *Usar* leads."""
    found = re.search(r'href="([^"]+)"[^>]*data-key="a"', page)
    assert found is not None, "nothing is suggested"
    return html.unescape(found[1])


def _posted(page: str) -> dict[str, str]:
    """What the form would send as it stands: its fields, and what is ticked."""
    form = page[page.index('id="result-form-') :]
    form = form[: form.index("</form>")]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in given:
            fields[given["name"]] = html.unescape(given.get("value", ""))
    return fields


def test_a_promise_is_suggested_used_and_recorded_with_day_amount_and_next_action(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _wrote(office, "hola", "Puedo pagar el viernes 50 lucas")

    page = lucia.get(f"/desk/{case_id}?view=all").text
    filled = lucia.get(_use(page)).text
    lucia.post(f"/desk/{case_id}/results", data=_posted(filled))

    assert "Promesa de pago · vie" in page
    assert "por «Puedo pagar el viernes»" in page
    office.fresh()
    result = office.session.scalars(select(Result)).one()
    action = office.session.scalars(select(NextAction)).one()
    assert result.value_date is not None
    assert (result.value_date.weekday(), result.amount) == (4, Decimal(50_000))
    assert action.due_at.date() == result.value_date + timedelta(days=1)
    assert result.suggestion is not None
    assert result.suggestion["used"] is True
    assert result.suggestion["message"] == result.evidence_message_id
    assert result.suggestion["result"] == "promesa_de_pago"


def test_a_suggestion_alone_records_nothing(office: Outbox, lucia: Browser) -> None:
    case_id = _wrote(office, "el viernes pago")

    lucia.get(_use(lucia.get(f"/desk/{case_id}?view=all").text))
    lucia.get(f"/desk/{case_id}?view=all")

    assert office.session.scalars(select(Result)).all() == []


def test_another_result_than_the_suggested_keeps_what_was_suggested(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _wrote(office, "el viernes pago")
    kind = office.session.scalars(
        select(ResultType).where(ResultType.code == "no_puede_pagar")
    ).one()

    lucia.post(f"/desk/{case_id}/results", data={"result": str(kind.id), "seen": "0"})

    office.fresh()
    result = office.session.scalars(select(Result)).one()
    assert result.suggestion is not None
    assert (result.suggestion["result"], result.suggestion["used"]) == ("promesa_de_pago", False)
    assert result.evidence_message_id is None


def test_what_was_answered_for_is_suggested_no_more(office: Outbox, lucia: Browser) -> None:
    case_id = _wrote(office, "el viernes pago 50 lucas")
    lucia.post(
        f"/desk/{case_id}/results",
        data=_posted(lucia.get(_use(lucia.get(f"/desk/{case_id}?view=all").text)).text),
    )

    page = lucia.get(f"/desk/{case_id}?view=all").text

    assert 'data-key="a"' not in page


@pytest.mark.parametrize("text", ["hola", "di de baja el débito automático"])
def test_words_that_mean_nothing_certain_suggest_nothing(
    office: Outbox, lucia: Browser, text: str
) -> None:
    case_id = _wrote(office, text)

    page = lucia.get(f"/desk/{case_id}?view=all").text

    assert 'data-key="a"' not in page
    assert '<div id="suggestion">' in page  # where a poll puts the next one


def test_a_picture_without_words_is_a_receipt_in_mora(office: Outbox, lucia: Browser) -> None:
    case_id = _wrote(
        office, "", NumMedia="1", MediaUrl0="https://media.example/1",
        MediaContentType0="image/jpeg", MessageType="image",
    )  # fmt: skip

    page = lucia.get(f"/desk/{case_id}?view=all").text

    assert "por el archivo que mandó" in page
    assert re.search(r"<b>Envió comprobante\s*</b>", page)


def test_a_new_text_brings_its_suggestion_by_the_poll_and_leaves_the_form(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    case_id = _wrote(office, "hola")
    page = lucia.get(f"/desk/{case_id}?view=all").text
    office.inbound("ya pagué ayer", sender=ANA)
    office.apply_inbound()
    live.touch(runtime.redis, live.campaign(office.campaign.id))

    news = lucia.get(f"/desk/live?case={case_id}&view=all&v=old", headers=PARTIAL).text

    assert 'data-key="a"' not in page
    assert 'hx-target="#suggestion"' in news
    assert "por «ya pagué" in news
    assert "result-form-" not in news


def test_used_without_leaving_the_page_it_is_the_form_alone(office: Outbox, lucia: Browser) -> None:
    case_id = _wrote(office, "el viernes pago")
    where = _use(lucia.get(f"/desk/{case_id}?view=all").text)

    part = lucia.get(where, headers=PARTIAL).text

    assert part.lstrip().startswith('<section id="result-panel"')
    assert "<html" not in part
    assert "checked" in part


def test_a_supervisors_phrase_suggests_on_the_desk_and_one_taken_out_does_not(
    office: Outbox, lucia: Browser, signed_in: Callable[..., Browser]
) -> None:
    case_id = _wrote(office, "arreglado con la agencia")
    marta = signed_in(Role.SUPERVISOR)
    kind = office.session.scalars(
        select(ResultType).where(
            ResultType.code == "ya_pago",
            ResultType.campaign_type_id == office.campaign.campaign_type_id,
        )
    ).one()
    path = f"/catalogue/results/{kind.id}/phrases"
    before = lucia.get(f"/desk/{case_id}?view=all").text

    shipped = _shipped(marta.get(path).text)
    refused = marta.post(path, data={"own": "Pagué, ya", "shipped": shipped})
    marta.post(path, data={"own": "arreglado con la agencia", "shipped": shipped})
    added = lucia.get(f"/desk/{case_id}?view=all").text
    office.inbound("ya pagué ayer", sender=ANA)
    office.apply_inbound()
    marta.post(path, data={"own": "", "shipped": ""})
    taken_out = lucia.get(f"/desk/{case_id}?view=all").text

    assert 'data-key="a"' not in before
    assert refused.status_code == 422
    assert "«Pagué, ya» no va" in refused.text
    assert "Ya pagó (a verificar)</b>" in added
    assert 'data-key="a"' not in taken_out


def _shipped(page: str) -> str:
    found = re.search(r'<textarea[^>]*name="shipped"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).strip()
