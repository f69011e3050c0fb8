"""What one file has said so far, so that it is never made to say two things.

The first line of a key holds. Later ones may add to it (another coupon, another phone) and never
contradict it: then a second import of the same file finds nothing to change, in any order of
chunks.
"""

from dataclasses import dataclass

from campaigns.importing.cells import fold
from campaigns.importing.reports import Warned
from campaigns.importing.staged import StagedRow

_MASK = 0xFFFFFFFF
_FIELDS = StagedRow._fields
_SAID = slice(_FIELDS.index("state"), _FIELDS.index("instalment"))
_COUPON_SAID = slice(_FIELDS.index("amount"), len(_FIELDS))

_Claim = tuple[tuple[object, ...], tuple[object, ...], str]  # a key, what is said of it, its name


@dataclass(slots=True)
class _Plan:
    model: str | None = None
    term: int | None = None
    kind: str | None = None


class FileMemory:
    """Hashes, not rows: a file of 100,000 takes some 40 MiB."""

    def __init__(self) -> None:
        # Hash of a key → the line where it stood first, and 32 bits of what it said there.
        self._seen: dict[int, int] = {}
        self._plans: dict[tuple[str, str], _Plan] = {}

    def settle(self, row: StagedRow, warnings: list[Warned]) -> StagedRow | str:
        """Remember a row, marked with what earlier lines already said; or why it cannot stand.

        A row that contradicts an earlier one is not remembered.
        """
        claims = [(hash(key), _packed(row.line, said), what) for key, said, what in _claims(row)]
        for key, said, what in claims:
            earlier = self._seen.get(key)
            if earlier is not None and (earlier ^ said) & _MASK:
                return f"repite {what} de la línea {earlier >> 32} con otros datos: dejá una sola"
        repeats = row.plan is not None and claims[0][0] in self._seen
        for key, said, _ in claims:
            self._seen.setdefault(key, said)
        if row.plan is None:
            return row
        is_primary = self._is_primary(row, warnings)
        plan = self._plans.setdefault((row.administrator or "", row.plan), _Plan())
        plan.model = plan.model or row.plan_model
        plan.term = plan.term or row.plan_term
        plan.kind = plan.kind or row.plan_kind
        return row._replace(
            repeats=repeats,
            is_primary=is_primary,
            plan_model=plan.model,  # a plan's details are the same on every row: the file's first
            plan_term=plan.term,
            plan_kind=plan.kind,
        )

    def _is_primary(self, row: StagedRow, warnings: list[Warned]) -> bool:
        """Whether it is the first row of its customer, whose data count."""
        said = _packed(row.line, (fold(row.name or ""),))
        earlier = self._seen.setdefault(hash(("customer", row.identity)), said)
        if (earlier ^ said) & _MASK and row.document:
            text = (
                f"el documento {row.document} tiene otro nombre en la línea {earlier >> 32}: "
                "quedó aquél"
            )
            warnings.append(Warned(row.line, text))
        return earlier >> 32 == row.line


def _claims(row: StagedRow) -> list[_Claim]:
    """Each key the row uses, with all that it says of it; the subscription's keys come first."""
    claims: list[_Claim] = []
    if row.plan is not None:
        keys = _subscription_keys(row)
        whole = (tuple(keys), row.identity, row.plan, row[_SAID])
        claims = [(key, whole, "la suscripción") for key in keys]
    if row.instalment is not None:
        coupon = ("coupon", row.subscription_key, row.instalment)
        claims.append((coupon, (row[_COUPON_SAID],), "el cupón"))
        if row.coupon_external_id:
            claims.append((("coupon id", row.coupon_external_id), coupon, "el id de cupón"))
    if row.identity and row.customer_external_id:
        customer = ("customer id", row.customer_external_id)
        claims.append((customer, (row.identity,), "el código de cliente"))
    return claims


def _subscription_keys(row: StagedRow) -> list[tuple[object, ...]]:
    keys: list[tuple[object, ...]] = []
    if row.contract_number:
        keys.append(("contract", row.contract_number))
    if row.group_code:
        keys.append(("group", row.administrator, row.group_code, row.order_code))
    if row.external_id:
        keys.append(("external", row.external_id))
    return keys


def _packed(line: int, said: tuple[object, ...]) -> int:
    return line << 32 | hash(said) & _MASK
