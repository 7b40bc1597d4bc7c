"""On whose account an appointment was cancelled or moved: the clinic's doing does not count against the patient."""

from command_api.decide.appointment.commands import CancelAppointment, RescheduleAppointment
from healz.events.appointment_event import Account
from healz.events.fields import Actor


def whose_doing(command: CancelAppointment | RescheduleAppointment, actor: Actor) -> dict[str, Account]:
    """The event's field: what the command says; of a doctor who says nothing, the clinic's. Else it is left out, which
    is the patient's, as in all events from before the field: the front desk and the bot pass on what a patient wants.
    """
    if command.on_whose_account is not None:
        return {"on_whose_account": command.on_whose_account}
    return {"on_whose_account": "clinic"} if actor == "doctor" else {}
