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

from topic_log import parser

CONTRACTS = os.environ.get("API_URL", "http://127.0.0.1:8400") + "/contracts"


def deserializer(contracts: str) -> JSONDeserializer:
    """Gives a record's `data`, once it is valid."""
    client = SchemaRegistryClient({"url": contracts})

    def named(record: bytes, _: SerializationContext | None, schema_id: Any) -> io.BytesIO:
        event = json.loads(record)
        schema_id.id = client.get_version(event["type"], event["data"]["schema_version"]).schema_id
        return io.BytesIO(json.dumps(event["data"]).encode())

    made: JSONDeserializer = JSONDeserializer(
        None, schema_registry_client=client, conf={"schema.id.deserializer": named}
    )
    return made


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("--contracts", default=CONTRACTS)
    asked = arguments.parse_args()
    consumer = Consumer({"bootstrap.servers": asked.kafka, "group.id": "unused", "enable.partition.eof": True})
    partitions = consumer.list_topics(asked.topic, 10).topics[asked.topic].partitions
    consumer.assign([TopicPartition(asked.topic, partition, 0) for partition in partitions])
    deserialize = deserializer(asked.contracts)
    valid: Counter[str] = Counter()
    ended: set[int | None] = set()
    while asked.follow or len(ended) < len(partitions):
        for message in consumer.consume(500, 0.1):
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            if error is not None:
                ended.add(message.partition())
                continue
            event: Any = deserialize(message.value(), SerializationContext(asked.topic, MessageField.VALUE))
            valid[f"{event['event_type']} {event['schema_version']}"] += 1
    consumer.close()
    for name, count in sorted(valid.items()):
        print(f"{count:>8,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
