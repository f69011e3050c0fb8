"""What the name of a listed message's recipient proves."""

import pytest

from campaigns.recognising import Whose, names_to_ask_by, whose

ANA, BEN = "+5491155550001", "+5491155550002"
ANA_ID, BEN_ID, NOBODYS_ID = "AR.ana1", "AR.ben2", "AR.nobody3"
KNOWN = {BEN_ID: BEN}


@pytest.mark.parametrize(
    ("names", "listed", "told"),
    [
        ([ANA], ANA, Whose.HIS),
        ([ANA], "+541155550001", Whose.HIS),
        ([ANA], "+5411155550001", Whose.ANOTHERS),
        ([ANA], BEN, Whose.ANOTHERS),
        ([ANA], "+54911555XXXX", Whose.UNTOLD),
        ([ANA], "+54911555", Whose.UNTOLD),  # cut off
        ([ANA], "", Whose.UNTOLD),
        ([ANA], BEN_ID, Whose.ANOTHERS),  # by a contact point that has another number
        ([ANA], NOBODYS_ID, Whose.UNTOLD),
        ([ANA, ANA_ID], ANA_ID, Whose.HIS),
        ([ANA, ANA_ID], NOBODYS_ID, Whose.ANOTHERS),  # he has one, and it is another
        ([ANA_ID], ANA_ID, Whose.HIS),
        ([ANA_ID], NOBODYS_ID, Whose.ANOTHERS),
        ([ANA_ID], ANA, Whose.UNTOLD),  # his number is hidden, so any number may be his
    ],
)
def test_a_name_is_his_another_persons_or_says_nothing(
    names: list[str], listed: str, told: Whose
) -> None:
    assert whose(names, listed, phones=KNOWN) is told


def test_a_listing_is_asked_for_every_form_of_every_name_once() -> None:
    assert names_to_ask_by([ANA, ANA, ANA_ID]) == [ANA, "+541155550001", ANA_ID]
    assert names_to_ask_by(["+14155550001"]) == ["+14155550001"]
