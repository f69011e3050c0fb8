"""The WSGI application of one simulator."""

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from messaging.simulator import content_api, control_api, media, messages_api
from messaging.simulator.errors import MORE_INFO
from messaging.simulator.phone import chats as phone_chats
from messaging.simulator.phone import views as phone
from messaging.simulator.requests_in import answer
from messaging.simulator.state import Simulator


def create_app(sim: Simulator) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.extensions["simulator"] = sim
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    for blueprint in (messages_api.bp, media.cdn, content_api.bp, control_api.bp, phone.bp):
        app.register_blueprint(blueprint)
    phone_chats.teach(sim.ledger)
    app.add_url_rule("/", view_func=phone.front_door)
    app.add_url_rule("/healthz", view_func=_health)
    app.register_error_handler(HTTPException, _as_twilio)
    return app


def _health() -> Response:
    return answer({"status": "ok"})


def _as_twilio(error: HTTPException) -> Response:
    status = error.code or 500
    code = {404: 20404, 405: 20004}.get(status, 20001 if status < 500 else 20500)
    body = {"code": code, "message": error.name, "more_info": f"{MORE_INFO}{code}"}
    return answer({**body, "status": status}, status)
