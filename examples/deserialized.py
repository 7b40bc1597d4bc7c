"""Reads the topic with confluent-kafka's own JSONDeserializer, unmodified: each record is held to its schema, which
comes from the API (/contracts), as from a schema registry.

Our records are CloudEvents in plain JSON, without the five bytes that such clients expect before it. So the
deserializer is told, by a setting of its own (`schema.id.deserializer`), where a record names its schema.
"""

import io
import json
import os
import sys
from collections import Counter
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from cluster import NotRead, client, ended, parser
from topic_log import envelope

CONTRACTS = os.environ.get("API_URL", "http://127.0.0.1:8400") + "/contracts"


def deserializer(contracts: str) -> JSONDeserializer:
    """Gives a record's `data`, once it is valid."""
    client_of_schemas = SchemaRegistryClient({"url": contracts})

    def named(record: bytes, _: SerializationContext | None, schema_id: Any) -> io.BytesIO:
        event = json.loads(record)
        schema_id.id = client_of_schemas.get_version(event["type"], event["data"]["schema_version"]).schema_id
        return io.BytesIO(json.dumps(event["data"]).encode())

    made: JSONDeserializer = JSONDeserializer(
        None, schema_registry_client=client_of_schemas, conf={"schema.id.deserializer": named}
    )
    return made


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("--contracts", default=CONTRACTS)
    asked = arguments.parse_args()
    settings = {"group.id": asked.group, "enable.auto.commit": False, "enable.partition.eof": True}
    # An offset that is not there is an error: by default the client would go on from the end.
    consumer = Consumer(client(asked) | settings | {"auto.offset.reset": "error"})
    try:
        topic = consumer.list_topics(asked.topic, 10).topics[asked.topic]
    except KafkaException:
        consumer.poll(0)  # so that what lies behind it is told
        raise
    if topic.error is not None:
        raise KafkaException(topic.error)
    consumer.assign([TopicPartition(asked.topic, partition, 0) for partition in topic.partitions])
    deserialize = deserializer(asked.contracts)
    valid: Counter[str] = Counter()
    at_end: set[int | None] = set()
    while asked.follow or len(at_end) < len(topic.partitions):
        for message in consumer.consume(500, 0.1):
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            if error is not None:
                at_end.add(message.partition())
                continue
            if envelope(message.value()) is None:
                continue  # none of Healz's
            where = f"offset {message.offset()} of partition {message.partition()}"
            try:
                event: Any = deserialize(message.value(), SerializationContext(asked.topic, MessageField.VALUE))
            except Exception as error:  # of the registry's client, of its HTTP client, or of the schema
                raise NotRead(f"the record at {where}, by {asked.contracts}: {error}") from error
            valid[f"{event['event_type']} {event['schema_version']}"] += 1
    consumer.close()
    for name, count in sorted(valid.items()):
        print(f"{count:>8,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(ended(main))
