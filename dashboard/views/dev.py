"""Every component of the screens on one page, to look at and to test."""

from datetime import timedelta
from decimal import Decimal

from flask import Blueprint
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField

from dashboard.auth import requires
from dashboard.bubbles import Bubble, BubbleButton, Picture, Side, Tick, Window
from dashboard.pages import render
from dashboard.shell import now
from models.people import Role

bp = Blueprint("dev", __name__, url_prefix="/dev")


class _Sample(Form):
    name = StringField("Nombre")
    amount = StringField("Importe")
    plan = SelectField(
        "Plan", choices=[("1", "Hatchback 1.6 · 84 cuotas"), ("2", "Pick-up CD 4×2")]
    )
    note = TextAreaField("Detalle")
    result = RadioField(
        "Resultado",
        choices=[("promise", "Promesa de pago"), ("paid", "Ya pagó"), ("no", "No puede pagar")],
    )
    agreed = BooleanField("Enviar también: «Perfecto, dejo anotado tu pago»")


@bp.get("/ui")
@requires(Role.ADMINISTRATOR)
def ui() -> ResponseReturnValue:
    form = _Sample(data={"name": "Mariana Sosa", "result": "promise", "agreed": True})
    form.amount.errors = ["No es un importe: escribilo como 45.300,50."]
    return render(
        "dev/ui.html",
        form=form,
        bubbles=_bubbles(),
        windows=[
            Window(is_open=True, left=timedelta(hours=23, minutes=12)),
            Window(is_open=True, left=timedelta(hours=4)),
            Window(is_open=True, left=timedelta(minutes=50)),
            Window(is_open=False),
        ],
        parts=[
            ("Respondieron", 611, "replied", "#"),
            ("Leyeron", 1250, "read", "#"),
            ("Recibieron", 614, "delivered", "#"),
            ("Enviados", 83, "sent", "#"),
            ("Sin confirmar", 3, "unsure", "#"),
            ("Fallidos", 54, "failed", "#"),
            ("En cola", 1665, "queued", "#"),
        ],
        amount=Decimal("333070"),
        pace=[60 + (n * 37) % 33 for n in range(48)],
    )


def _bubbles() -> list[Bubble]:
    at = now()
    buttons = (
        BubbleButton(title="Ver cupón de pago", icon="external-link"),
        BubbleButton(title="Ya pagué", result="Ya pagó"),
    )
    return [
        Bubble(
            side=Side.OUT,
            author="Cuota noviembre",
            text="Hola *Mariana*:\nla cuota _23_ vence el ~24/11~ *25/11*.\n```Grupo 4521/087```",
            footer="Respondé BAJA para no recibir avisos",
            buttons=buttons,
            at=at,
            tick=Tick.READ,
            state="leído",
        ),
        Bubble(side=Side.IN, text="Ya pagué", tapped=True, at=at),
        Bubble(side=Side.IN, text="¿Puedo el viernes?", quoted="la cuota 23 vence…", at=at),
        Bubble(side=Side.IN, pictures=(Picture(label="Foto"),), at=at),
        Bubble(side=Side.NOTE, author="Nota interna · Lucía Ferreyra", text="Cobra el 28.", at=at),
        Bubble(side=Side.EVENT, text="Se asignó a Lucía Ferreyra"),
        Bubble(
            side=Side.OUT,
            author="Lucía Ferreyra",
            text="Perfecto, lo dejo anotado.",
            at=at,
            tick=Tick.FAILED,
            state="falló",
            problem="El número no tiene WhatsApp. No se reintenta.",
        ),
    ]
