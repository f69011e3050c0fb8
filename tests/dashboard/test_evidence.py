"""A result with its file, and what was recorded before: on the card, further back, elsewhere."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignOperator
from models.case import Case, Channel, Result
from models.files import Attachment, Source
from models.message import Message
from models.people import Role
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

PDF = b"%PDF-1.7 un recibo"
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    return _operator(office, signed_in, "Lucía Ferreyra", office.campaign)


def _operator(office: Outbox, signed_in: SignIn, name: str, campaign: Campaign) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _answered(office: Outbox) -> Case:
    message = office.a_message(ANA)
    office.inbound("¿puedo pagar el viernes?", sender=ANA)
    office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.fresh()
    return case


def _elsewhere(office: Outbox, case: Case) -> Case:
    """The same subscription in another campaign."""
    campaign = office.a_campaign()
    other = Case(campaign_id=campaign.id, subscription_id=case.subscription_id)
    office.session.add(other)
    office.fresh()
    return other


def _call(office: Outbox, code: str = "pide_que_lo_llamen", **fields: Any) -> dict[str, Any]:
    """A call as the form tells it; ``file`` is the bytes and the name of what goes with it."""
    data = {"result": str(office.result_type(code).id), "channel": "phone:us", "seen": "0"}
    if (file := fields.pop("file", None)) is not None:
        data["file"] = (io.BytesIO(file[0]), file[1])
    return {"data": {**data, **fields}, "content_type": "multipart/form-data"}


def _results(office: Outbox) -> list[Result]:
    office.fresh()
    return list(office.session.scalars(select(Result).order_by(Result.id)))


# with its file


def test_a_call_is_recorded_with_the_file_that_proves_it(office: Outbox, lucia: Browser) -> None:
    case = _answered(office)

    answer = lucia.post(
        f"/desk/{case.id}/results", **_call(office, file=(PDF, "acuerdo.pdf"), note="Lo firmó")
    )

    assert answer.status_code == 303
    (result,) = _results(office)
    attachment = office.session.scalars(select(Attachment)).one()
    assert (result.channel, result.evidence_attachment_id) == (Channel.PHONE, attachment.id)
    assert (attachment.subscription_id, attachment.case_id) == (case.subscription_id, case.id)
    assert (attachment.source, attachment.by_id) == (Source.DESK, lucia.user_id)
    history = lucia.get(f"/desk/{case.id}").text.partition('id="case-history"')[2]
    assert f'href="/attachments/{attachment.id}"' in history
    assert "acuerdo.pdf" in history.partition("</section>")[0]


def test_a_file_that_lies_beside_the_subscription_is_chosen(office: Outbox, lucia: Browser) -> None:
    case = _answered(office)
    files = f"/subscriptions/{case.subscription_id}/files"
    upload = {"file": [(io.BytesIO(PDF), "acta.pdf"), (io.BytesIO(PDF + b"2"), "dni.pdf")]}
    lucia.post(files, data=upload, content_type="multipart/form-data")
    chosen = office.session.scalars(select(Attachment.id).order_by(Attachment.id)).first()

    form = lucia.get(f"/desk/{case.id}").text
    lucia.post(f"/desk/{case.id}/results", **_call(office, evidence=str(chosen)))

    assert f'<option value="{chosen}">acta.pdf</option>' in form
    assert [each.evidence_attachment_id for each in _results(office)] == [chosen]


def test_a_file_that_is_not_taken_is_said_beside_its_field_and_nothing_is_recorded(
    office: Outbox, lucia: Browser
) -> None:
    case = _answered(office)

    answer = lucia.post(
        f"/desk/{case.id}/results",
        headers=PART,
        **_call(office, file=(b"MZ\x90", "acuerdo.pdf"), note="Lo firmó"),
    )

    assert answer.status_code == 422
    assert "acuerdo.pdf no se guardó: por su contenido no es JPG" in answer.text
    assert re.search(r'<input[^>]* aria-invalid="true"[^>]* type="file"', answer.text)
    assert re.search(r'<details [^>]*id="evidence-box-[^>]* open>', answer.text)
    assert "Lo firmó</textarea>" in answer.text
    assert _results(office) == []
    assert office.session.scalars(select(Attachment)).all() == []


def test_one_that_is_far_too_large_leaves_the_desk_as_it_is(office: Outbox, lucia: Browser) -> None:
    case = _answered(office)
    path, huge = f"/desk/{case.id}/results", {"CONTENT_LENGTH": str(18 * 2**20)}
    kind = "multipart/form-data; boundary=x"

    here = lucia.post(path, data=b"x", content_type=kind, headers=PART, environ_overrides=huge)
    plain = lucia.post(path, data=b"x", content_type=kind, environ_overrides=huge)

    assert (here.status_code, here.headers["HX-Reswap"]) == (413, "none")
    assert "El archivo es demasiado grande: hasta 16 MB. Elegí otro." in here.text
    assert plain.location.startswith(f"/desk/{case.id}")


def test_nobody_lays_a_file_beside_a_subscription_that_nobody_has_named(
    office: Outbox, signed_in: SignIn
) -> None:
    office.inbound("hola", sender=ANA)
    office.apply_inbound()
    case = office.session.scalars(select(Case)).one()
    chief = signed_in(Role.SUPERVISOR)

    form = chief.get(f"/desk/{case.id}").text
    answer = chief.post(f"/desk/{case.id}/results", **_call(office, file=(PDF, "acta.pdf")))

    assert 'name="evidence"' not in form
    assert answer.status_code == 409
    assert _results(office) == []


# what was recorded before


def test_the_file_of_a_result_is_seen_from_another_campaign_and_by_nobody_else(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    case = _answered(office)
    other = _elsewhere(office, case)
    bruno = _operator(
        office, signed_in, "Bruno", office.session.get_one(Campaign, other.campaign_id)
    )
    lucia.post(f"/desk/{case.id}/results", **_call(office, file=(PDF, "acuerdo.pdf")))
    attachment_id = office.session.scalars(select(Attachment.id)).one()
    stranger = signed_in(Role.OPERATOR)

    page = bruno.get(f"/desk/{other.id}?view=all").text
    story = bruno.get(f"/subscriptions/{case.subscription_id}").text

    for shown in (page, story):
        assert f'href="/attachments/{attachment_id}"' in shown
        assert "acuerdo.pdf" in shown
    assert bruno.get(f"/attachments/{attachment_id}").status_code == 200
    assert stranger.get(f"/attachments/{attachment_id}").status_code == 404


def test_a_file_that_was_erased_is_named_and_leads_nowhere(office: Outbox, lucia: Browser) -> None:
    case = _answered(office)
    lucia.post(f"/desk/{case.id}/results", **_call(office, file=(PDF, "acuerdo.pdf")))
    office.session.execute(text("UPDATE files SET erased_at = now()"))
    office.session.commit()

    page = lucia.get(f"/desk/{case.id}").text

    assert "acuerdo.pdf (se borró)" in page
    assert 'href="/attachments/' not in page


def test_the_history_goes_on_further_back_without_a_gap(office: Outbox, lucia: Browser) -> None:
    case = _answered(office)
    other = _elsewhere(office, case)
    kind = office.result_type("no_responde").id
    for n in range(70):
        office.session.add(
            Result(
                case_id=other.id,
                campaign_id=other.campaign_id,
                result_type_id=kind,
                channel=Channel.PHONE,
                note=f"llamada {n:02}.",
                at=office.now - timedelta(days=70 - n),
            )
        )
    office.session.commit()

    def told(page: str) -> list[str]:
        return re.findall(r"llamada (\d\d)\.", page)

    def further(page: str) -> str | None:
        found = re.search(r'hx-get="(/desk/\d+/history[^"]*)"', page)
        return found[1].replace("&amp;", "&") if found else None

    page = lucia.get(f"/desk/{case.id}?view=all").text
    assert told(page) == [f"{n:02}" for n in range(69, 39, -1)]
    second = lucia.get(further(page) or "", headers=PART).text
    assert second.lstrip().startswith('<section id="case-history"')
    assert told(second) == [f"{n:02}" for n in range(69, 9, -1)]
    past = re.search(r'id="history-past" name="past" value="(\d+)"', second)
    assert past is not None
    office.session.add(
        Result(case_id=case.id, campaign_id=case.campaign_id, result_type_id=kind,
               channel=Channel.PHONE, note="llamada 70.")
    )  # fmt: skip
    office.session.commit()
    polled = lucia.get(f"/desk/live?case={case.id}&view=all&v=&past={past[1]}", headers=PART).text
    assert told(polled.partition('hx-target="#case-card"')[2])[:61] == [
        f"{n:02}" for n in range(70, 9, -1)
    ]
    last = lucia.get(further(second) or "", headers=PART).text
    assert told(last) == [f"{n:02}" for n in range(70, -1, -1)]
    assert further(last) is None
    assert told(lucia.get(further(second) or "").text) == told(last)  # a plain page too


def test_a_result_is_recorded_however_much_was_recorded_elsewhere_since(
    office: Outbox, lucia: Browser
) -> None:
    """What was newest here is known though it is no longer on the screen."""
    case = _answered(office)
    lucia.post(f"/desk/{case.id}/results", **_call(office))
    (first,) = _results(office)
    other = _elsewhere(office, case)
    for _ in range(31):
        office.session.add(
            Result(case_id=other.id, campaign_id=other.campaign_id, channel=Channel.PHONE,
                   result_type_id=office.result_type("no_responde").id)
        )  # fmt: skip
    office.session.commit()

    page = lucia.get(f"/desk/{case.id}").text

    seen = re.search(r'name="seen" type="hidden" value="(\d+)"', page)
    assert seen is not None
    assert int(seen[1]) == first.id
    assert lucia.post(f"/desk/{case.id}/results", **_call(office, seen=seen[1])).status_code == 303


# which message a reply answers


def test_a_reply_names_the_message_it_answers_and_leads_there(
    office: Outbox, lucia: Browser
) -> None:
    case = _answered(office)
    sent = office.session.scalars(select(Message).where(Message.case_id == case.id)).one()
    left = "UPDATE attempts SET started_at = '2020-11-24 13:32Z' WHERE message_id = :id"
    office.session.execute(text(left), {"id": sent.id})
    office.session.commit()

    page = lucia.get(f"/desk/{case.id}").text

    tie = page.partition('<div class="tie')[2].partition("</div>")[0]
    assert f'href="#message-{sent.id}">mensaje enviado <time' in tie
    assert "24/11/2020 10:32" in tie
    assert f'id="message-{sent.id}"' in page


def test_a_message_that_is_not_on_the_screen_is_named_by_its_moment_alone(
    office: Outbox, lucia: Browser
) -> None:
    case = _answered(office)
    for n in range(50):
        office.inbound(f"y otra cosa {n}", sender=ANA)
    office.apply_inbound()
    sent = office.session.scalars(select(Message.id).where(Message.case_id == case.id)).one()

    page = lucia.get(f"/desk/{case.id}").text

    assert "mensaje enviado <time" in page
    assert f"#message-{sent}" not in page


def test_what_a_person_moved_says_no_message_of_another_campaign(
    office: Outbox, lucia: Browser
) -> None:
    case = _answered(office)
    second = office.a_case(office.campaign)
    second.contact_point_id = case.contact_point_id
    office.fresh()
    came = office.received().id

    lucia.post(f"/desk/{case.id}/messages/{came}/tie", data={"case": str(second.id)})

    page = lucia.get(f"/desk/{second.id}?view=all").text
    assert "lo indicó Lucía Ferreyra" in page
    assert "mensaje enviado" not in page
