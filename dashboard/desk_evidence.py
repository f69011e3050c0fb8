"""The file that a result rests on: one that lies beside the subscription, or one given with it."""

from flask import request
from sqlalchemy.orm import Session

from campaigns.files import store
from campaigns.files.attachments import attach
from campaigns.files.errors import FileNotTaken, NobodysCase
from campaigns.files.receipts import rest_on
from campaigns.files.taking import Taken
from dashboard import file_words
from dashboard.auth import current_user, reach
from dashboard.desk_forms import ResultForm
from dashboard.given_files import shown_name, take_file
from models.case import Case, Result
from models.files import Attachment, Source
from runtime.wiring import current_runtime


def take_evidence(form: ResultForm) -> Taken | None:
    """What was given with the form; one that is not taken is said beside its field."""
    given = request.files.get(form.file.name)
    if given is None or not given.filename:
        return None
    try:
        return take_file(given)
    except FileNotTaken as error:
        form.file.errors = [file_words.not_kept(shown_name(given), error.why)]
        return None


def rest_on_evidence(
    session: Session, case: Case, result: Result, form: ResultForm, taken: Taken | None
) -> None:
    """Call it in the transaction that records the result.

    Raises:
        NotFound: the chosen file is not on the subscription that the case is about.
        NobodysCase: nobody has said whose case it is, so no file lies beside it.
    """
    now = current_runtime().now(session)
    chosen = form.evidence.data or ""
    attachment_id = int(chosen[:18]) if chosen.isdecimal() else None
    if attachment_id is not None:
        reach(session, Attachment, attachment_id)
    if taken is not None:
        if case.subscription_id is None:
            raise NobodysCase(case.id)
        place = store.folder(current_runtime().settings.data_dir)
        attachment_id = attach(
            session,
            case.subscription_id,
            store.keep(session, place, taken),
            source=Source.DESK,
            now=now,
            by_id=current_user().id,
            case_id=case.id,
        ).id
    rest_on(session, result, attachment_id, now=now)
