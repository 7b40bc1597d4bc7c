"""What clinics' own software calls columns, outcomes and types: Portuguese, folded (``folded_word``)."""

from collections.abc import Mapping

Cells = Mapping[str, str]


def _by_word(words_of: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: meaning for meaning, words in words_of.items() for word in words}


COLUMNS: Mapping[str, str] = _by_word(
    {
        "patient_phone": ("telefone", "celular", "whatsapp", "fone", "telefone do paciente"),
        "patient_name": ("paciente", "nome", "nome do paciente", "nome completo"),
        "patient_birth_date": ("nascimento", "data de nascimento", "data nascimento"),
        "patient_cpf": ("cpf", "cpf do paciente"),
        "patient_guardian_phone": ("telefone do responsavel", "celular do responsavel"),
        "scheduled_for": ("data", "data da consulta", "hora", "horario", "data e hora", "data hora"),
        "booked_at": ("agendado em", "marcado em", "data do agendamento", "data da marcacao"),
        "appointment_type": ("tipo", "tipo de consulta", "tipo de atendimento"),
        "outcome": ("situacao", "status"),
        "duration": ("duracao", "duracao em minutos"),
        "notes": ("observacao", "observacoes", "obs"),
        "cancellation_reason": ("motivo do cancelamento", "motivo"),
        "shares_phone": ("telefone compartilhado", "divide telefone"),
        "squeeze_in": ("encaixe",),
    }
)
TIMES = frozenset({"scheduled_for", "booked_at", "outcome_at"})
"""A day and an hour may stand in two columns."""
OUTCOMES = _by_word(
    {
        "completed": (
            *("completed", "compareceu", "realizado", "realizada", "atendido", "atendida", "concluido", "concluida"),
            *("finalizado", "finalizada", "presente"),
        ),
        "no_show": ("no show", "faltou", "nao compareceu", "falta", "ausente", "nao veio", "noshow"),
        "cancelled": ("cancelled", "cancelado", "desmarcado", "cancelada", "desmarcada", "desmarcou", "canceled"),
        "scheduled": ("scheduled", "agendado", "marcado", "agendada", "marcada"),
        "confirmed": ("confirmed", "confirmado", "confirmada"),
    }
)
WHO_CANCELLED = _by_word(
    {
        "patient": (
            *("cancelado pelo paciente", "cancelada pelo paciente", "desmarcado pelo paciente", "paciente desmarcou"),
        ),
        "clinic": (
            *("cancelado pela clinica", "cancelada pela clinica", "desmarcado pela clinica", "clinica desmarcou"),
            *("cancelado pelo profissional", "cancelado pelo dentista", "cancelado pelo medico"),
        ),
    }
)
TYPES = _by_word(
    {
        "first_visit": (
            *("first visit", "primeira consulta", "avaliacao", "primeira vez", "1ª consulta", "1a consulta", "1a vez"),
            *("consulta nova", "paciente novo"),
        ),
        "follow_up": ("follow up", "acompanhamento", "manutencao", "seguimento", "revisao"),
        "return": ("return", "retorno"),
        "emergency": ("emergency", "emergencia", "urgencia"),
    }
)
FLAG = _by_word(
    {
        "true": ("true", "sim", "s", "x", "yes", "y", "1", "verdadeiro"),
        "false": ("false", "nao", "n", "no", "0", "falso"),
    }
)


def _cells(column: str, by_word: Mapping[str, str]) -> dict[str, Cells]:
    return {word: {column: meaning} for word, meaning in by_word.items()}


WORDS: Mapping[str, Mapping[str, Cells]] = {
    "outcome": _cells("outcome", OUTCOMES)
    | {word: {"outcome": "cancelled", "on_whose_account": account} for word, account in WHO_CANCELLED.items()},
    "appointment_type": _cells("appointment_type", TYPES),
    "requires_follow_up": _cells("requires_follow_up", FLAG),
    "shares_phone": _cells("shares_phone", FLAG),
    "squeeze_in": _cells("squeeze_in", FLAG),
    "on_whose_account": _cells(
        "on_whose_account", _by_word({"patient": ("patient", "paciente"), "clinic": ("clinic", "clinica")})
    ),
}
"""{column: {a word in it: the cells that it stands for}}; a cell of the file's own comes before one of a word's."""


def meant(column: str) -> str:
    """For a refusal: ``completed (compareceu, realizado)``, and so on."""
    found: dict[str, list[str]] = {}
    for word, cells in WORDS[column].items():
        value = cells[column]
        found.setdefault(value, [])
        if word != value.replace("_", " "):
            found[value].append(word)
    return ", ".join(f"{value} ({', '.join(words[:2])})" if words else value for value, words in found.items())
