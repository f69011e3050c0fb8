"""What a person corrects of a customer; read as a file's cells are."""

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, StopValidation

from campaigns.customers import CustomerData
from campaigns.importing import cells
from campaigns.importing.errors import CellRefused
from campaigns.subscription_sheet import SubscriptionSheet
from dashboard import formats
from dashboard.language import _
from models.values import PhoneNumber
from runtime.wiring import current_runtime


class ReadAs:
    """A validator that reads the text, and says beside the field why it cannot."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def __call__(self, _form: object, field: Field) -> None:
        try:
            self._read(field.data)
        except CellRefused as refusal:
            text = str(refusal)
            raise StopValidation(f"{text[:1].upper()}{text[1:]}.") from refusal


def read_phone(text: str) -> PhoneNumber:
    return cells.read_phone(text, default_area=current_runtime().settings.default_area)


class CustomerForm(FlaskForm):
    name = StringField(
        _("Nombre"),
        validators=[InputRequired(_("Escribí el nombre.")), Length(max=200)],
    )
    document = StringField(_("DNI o CUIT"), validators=[Optional(), ReadAs(cells.read_document)])
    phone = TelField(_("Celular"), validators=[Optional(), ReadAs(read_phone)])
    email = EmailField(_("Correo"), validators=[Optional(), ReadAs(cells.read_email)])
    address = StringField(_("Domicilio"), validators=[Optional(), Length(max=500)])
    notes = TextAreaField(_("Notas"), validators=[Optional(), Length(max=2000)])

    @classmethod
    def of(cls, sheet: SubscriptionSheet) -> "CustomerForm":
        """As it is known now."""
        known = next((contact.phone for contact in sheet.contacts if contact.preferred), None)
        return cls(
            formdata=None,
            name=sheet.customer,
            document=sheet.document,
            phone=formats.phone(known) if known else None,
            email=sheet.email,
            address=sheet.address,
            notes=sheet.notes,
        )

    def data_of(self) -> CustomerData:
        """Of a form that was validated."""
        return CustomerData(
            name=cells.read_text(self.name.data or "", longest=200),
            document=cells.read_document(self.document.data) if self.document.data else None,
            email=cells.read_email(self.email.data) if self.email.data else None,
            address=" ".join((self.address.data or "").split()) or None,
            notes=(self.notes.data or "").strip() or None,
            phone=read_phone(self.phone.data) if self.phone.data else None,
        )
