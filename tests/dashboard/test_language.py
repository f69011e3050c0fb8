"""Texts in templates: as Jinja's own newstyle gettext says them, only sooner."""

import pytest
from jinja2 import Environment

from dashboard.language import give_texts, ngettext

MEAN = "<b>50 %(n)s</b>"


@pytest.fixture
def ours() -> Environment:
    environment = Environment(autoescape=True)
    give_texts(environment)
    return environment


@pytest.fixture
def jinjas() -> Environment:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, ngettext, newstyle=True
    )
    return environment


@pytest.mark.parametrize(
    "source",
    [
        '{{ _("Sin asignar") }}',
        '{{ _("<i>cursiva</i> y 100 %%") }}',
        '{{ _("Hola %(name)s", name=mean) }}',
        '{{ _("Hola %(name)s", name=mean)|upper }}',
        '{{ gettext("Hola %(name)s", name=mean) }}',
        '{{ ngettext("%(n)s caso", "%(n)s casos", 1, n=1) }}',
        '{{ ngettext("%(num)s caso de %(name)s", "%(num)s casos de %(name)s", 3, name=mean) }}',
        "{% trans %}Nadie · 100 %{% endtrans %}",
        "{% trans name=mean %}Se borra «{{ name }}».{% endtrans %}",
        "{% trans n=2, count=2 %}{{ count }} vez{% pluralize n %}{{ count }} veces{% endtrans %}",
    ],
)
def test_a_text_is_said_as_by_jinjas_own_gettext(
    ours: Environment, jinjas: Environment, source: str
) -> None:
    said = ours.from_string(source).render(mean=MEAN)

    assert said == jinjas.from_string(source).render(mean=MEAN)
    assert MEAN not in said


def test_the_same_text_has_the_values_of_each_time(ours: Environment) -> None:
    template = ours.from_string('{{ _("Hola %(name)s", name=name) }}')

    assert [template.render(name=name) for name in ("Ana", "Ben", "Ana")] == [
        "Hola Ana",
        "Hola Ben",
        "Hola Ana",
    ]
