"""From a text to an approved version that nobody changes any more."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.errors import NotFound, TemplateRefused
from campaigns.template_registry import (
    Added,
    add_version,
    approval_name,
    content_stored,
    list_versions,
    record_approval,
    stored_draft,
)
from campaigns.template_specs import ButtonSpec, TemplateSpec, draft_of
from messaging.errors import TemplateError
from messaging.template_rules import problems_of
from messaging.templates import Approval
from models.campaign import ResultType
from models.states import IllegalMove, TemplateState
from models.template import (
    ButtonKind,
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)

PUBLIC = "https://pregon.example"
REPLY, LINK = ButtonKind.QUICK_REPLY, ButtonKind.URL
SPEC = TemplateSpec(
    name="aviso_mora",
    category=TemplateCategory.UTILITY,
    body="Hola {{1}}, la cuota {{2}} está vencida. ¿Nos contás cómo seguimos?",
    fields={"1": "customer.first_name", "2": "coupon.instalment"},
    samples={"1": "Ana", "2": "14"},
    buttons=(
        ButtonSpec(kind=REPLY, title="Ya pagué", result="ya_pago"),
        ButtonSpec(kind=REPLY, title="No quiero mensajes", result="no_desea_mensajes"),
        ButtonSpec(kind=LINK, title="Ver mi cupón"),
    ),
    campaign_type="mora",
)


@pytest.fixture(autouse=True)
def _catalogue(session: Session) -> None:
    install_catalogue(session)


def _submitted(session: Session, spec: TemplateSpec = SPEC) -> int:
    added = add_version(session, spec, public_url=PUBLIC)
    content_stored(session, added.version_id, f"HX{added.version_id:032}")
    record_approval(session, added.version_id, Approval(TemplateState.SUBMITTED))
    return added.version_id


def _state(session: Session, version_id: int) -> TemplateState:
    return session.get_one(TemplateVersion, version_id).state


def test_buttons_get_the_variables_that_tie_a_tap_to_its_message() -> None:
    draft = draft_of(SPEC, public_url=PUBLIC)

    assert problems_of(draft) == []
    assert [button.pattern for button in draft.buttons] == [
        "b1_{{3}}",
        "b2_{{4}}",
        "https://pregon.example/c/{{5}}",
    ]
    assert {key: draft.fields[key] for key in "345"} == {
        "3": "button.token:1",
        "4": "button.token:2",
        "5": "coupon_link.token",
    }


def test_a_text_becomes_the_first_version(session: Session) -> None:
    added = add_version(session, SPEC, public_url=PUBLIC)

    assert (added.number, added.is_new) == (1, True)
    assert stored_draft(session, added.version_id) == draft_of(SPEC, public_url=PUBLIC)
    assert approval_name(session, added.version_id) == "aviso_mora_v1"


def test_a_button_is_tied_to_a_result_of_its_type_or_a_common_one(session: Session) -> None:
    add_version(session, SPEC, public_url=PUBLIC)

    codes = session.execute(
        select(TemplateButton.position, ResultType.code)
        .outerjoin(ResultType, ResultType.id == TemplateButton.result_type_id)
        .order_by(TemplateButton.position)
    ).all()
    assert [tuple(row) for row in codes] == [(1, "ya_pago"), (2, "no_desea_mensajes"), (3, None)]


def test_the_same_text_again_is_no_new_version(session: Session) -> None:
    first = add_version(session, SPEC, public_url=PUBLIC)

    assert add_version(session, SPEC, public_url=PUBLIC) == Added(first.version_id, 1, False)


def test_a_draft_is_written_over_and_a_submitted_version_never(session: Session) -> None:
    draft = add_version(session, SPEC, public_url=PUBLIC)
    edited = replace(SPEC, body=SPEC.body + " Gracias", buttons=SPEC.buttons[:1])

    again = add_version(session, edited, public_url=PUBLIC)
    content_stored(session, again.version_id, "HX1")
    after = add_version(session, SPEC, public_url=PUBLIC)

    assert (again.version_id, again.number) == (draft.version_id, 1)
    assert (after.number, after.is_new) == (2, True)
    assert stored_draft(session, again.version_id).body == edited.body
    assert len(stored_draft(session, again.version_id).buttons) == 1


def test_every_problem_comes_back_with_its_field(session: Session) -> None:
    bad = replace(
        SPEC,
        name="Aviso Mora",
        body="{{1}}",
        buttons=(
            ButtonSpec(kind=REPLY, title="x" * 21, result="no_existe"),
            ButtonSpec(kind=LINK, title="Ver", result="ya_pago"),
        ),
        campaign_type="cobranza",
    )

    with pytest.raises(TemplateRefused) as refused:
        add_version(session, bad, public_url=PUBLIC)

    fields = {p.field for p in refused.value.problems if isinstance(p, TemplateError)}
    assert {"name", "body", "type"} <= fields
    assert {"buttons[1].title", "buttons[1].result", "buttons[2].result"} <= fields
    assert session.scalars(select(Template)).all() == []


def test_a_result_of_another_campaign_type_is_refused(session: Session) -> None:
    with pytest.raises(TemplateRefused, match="'ya_pago' is none of"):
        add_version(session, replace(SPEC, campaign_type="encuesta"), public_url=PUBLIC)


def test_language_and_category_are_the_templates_once_submitted(session: Session) -> None:
    _submitted(session)

    with pytest.raises(TemplateRefused, match="category"):
        add_version(session, replace(SPEC, category=TemplateCategory.MARKETING), public_url=PUBLIC)


def test_a_version_is_stored_at_the_provider_once(session: Session) -> None:
    version_id = _submitted(session)

    with pytest.raises(IllegalMove):
        content_stored(session, version_id, "HX2")


def test_the_review_moves_it(session: Session) -> None:
    version_id = _submitted(session)

    assert _state(session, version_id) is TemplateState.SUBMITTED
    assert record_approval(session, version_id, Approval(TemplateState.APPROVED))
    assert not record_approval(session, version_id, Approval(TemplateState.APPROVED))
    assert _state(session, version_id) is TemplateState.APPROVED


def test_a_rejection_keeps_its_reason_and_is_the_end(session: Session) -> None:
    version_id = _submitted(session)

    record_approval(session, version_id, Approval(TemplateState.REJECTED, "promotional"))

    assert session.get_one(TemplateVersion, version_id).rejection_reason == "promotional"
    assert not record_approval(session, version_id, Approval(TemplateState.APPROVED))
    assert list_versions(session, only_live=True) == []


@pytest.mark.parametrize("told", [TemplateState.PAUSED, TemplateState.DISABLED])
def test_what_happened_between_two_looks_is_passed_through(
    told: TemplateState, session: Session
) -> None:
    version_id = _submitted(session)

    assert record_approval(session, version_id, Approval(told))

    assert _state(session, version_id) is told


def test_a_word_that_says_nothing_changes_nothing(session: Session) -> None:
    version_id = _submitted(session)

    assert not record_approval(session, version_id, Approval(None))
    assert not record_approval(session, version_id, Approval(TemplateState.DRAFT))
    assert _state(session, version_id) is TemplateState.SUBMITTED


def test_the_list_says_where_each_stands(session: Session) -> None:
    _submitted(session)
    add_version(session, replace(SPEC, name="otro"), public_url=PUBLIC)

    lines = list_versions(session)

    assert [(line.name, line.number, line.state) for line in lines] == [
        ("aviso_mora", 1, TemplateState.SUBMITTED),
        ("otro", 1, TemplateState.DRAFT),
    ]
    assert [line.name for line in list_versions(session, only_live=True)] == ["aviso_mora"]


def test_a_version_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(NotFound, match="template version 7"):
        stored_draft(session, 7)


def test_a_result_that_was_switched_off_is_not_offered(session: Session) -> None:
    session.execute(update(ResultType).where(ResultType.code == "ya_pago").values(is_active=False))

    with pytest.raises(TemplateRefused):
        add_version(session, SPEC, public_url=PUBLIC)
