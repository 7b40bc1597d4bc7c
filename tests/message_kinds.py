"""A message of each kind that a messenger brings, as the bot passes it on."""

from collections.abc import Sequence
from typing import Any

KINDS: Sequence[dict[str, Any]] = [
    {"content": "Bom dia, preciso remarcar"},
    {"content": "🙂" * 65_536},
    {"media_type": "image", "content": "o exame", "details": {"kind": "image", "mime_type": "image/jpeg"}},
    {"media_type": "sticker", "content": ""},
    {"media_type": "location", "details": {"kind": "location", "latitude": -20.2976, "longitude": -40.2958}},
    {"media_type": "contacts", "details": {"kind": "contacts", "contacts": [{"name": "João da Silva"}]}},
    {"media_type": "reaction", "details": {"kind": "reaction", "whatsapp_message_id": "wamid.0", "emoji": "👍"}},
    {"media_type": "button", "content": "Confirmo", "details": {"kind": "button", "title": "Confirmo"}},
    {"media_type": "list", "content": "Segunda", "details": {"kind": "list", "title": "Segunda, 10:00"}},
    {"media_type": "order", "details": {"kind": "order", "items": [{"product_id": "clareamento", "quantity": 1}]}},
    {"media_type": "unsupported", "content": "", "details": {"kind": "unsupported", "provider_type": "poll"}},
]
