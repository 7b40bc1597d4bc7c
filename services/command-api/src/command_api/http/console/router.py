"""All pages under /console, put together."""

from litestar import Router
from litestar.di import Provide

from command_api.http.console import assets
from command_api.http.console.clinic import acts
from command_api.http.console.clinic import pages as clinic
from command_api.http.console.organisation import provide_session_of_organisation
from command_api.http.console.page import HOME
from command_api.http.console.patient import pages as patient
from command_api.http.console.pipeline import pages as pipeline
from command_api.http.console.rules import pages as rules
from command_api.http.console.session import login
from command_api.http.console.session.provided import FormRequest, provide_form, provide_operator
from command_api.http.console.trouble import answer_page


def router() -> Router:
    """Its routes. They are no part of the API's document."""
    return Router(
        HOME,
        route_handlers=[
            assets.asset,
            *login.handlers,
            *clinic.handlers,
            *acts.handlers,
            *patient.handlers,
            *rules.handlers,
            *pipeline.handlers,
        ],
        dependencies={
            "session": Provide(provide_session_of_organisation),
            "operator": Provide(provide_operator),
            "form": Provide(provide_form),
        },
        request_class=FormRequest,
        exception_handlers={Exception: answer_page},
        include_in_schema=False,
    )
