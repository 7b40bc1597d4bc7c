"""A Kafka as deploy/kubernetes/kafka has it: encrypted, and a user with a password may do what its KafkaUser says."""

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from free_ports import free_port
from healz_local.kafka import Kafka
from healz_local.ports import HOST

OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Describe": AclOperation.DESCRIBE,
}
RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactionalId": ResourceType.TRANSACTIONAL_ID,
}
PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}


@dataclass(frozen=True)
class SecuredKafka:
    """One that runs. ``port`` is where users come; the broker's own port is its administrator's."""

    kafka: Kafka
    port: int
    authority: Path

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    def let_in(self, users: list[Mapping[str, Any]], passwords: Mapping[str, str]) -> None:
        """Makes these KafkaUsers as Strimzi's user operator would."""
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap_servers})
        names = [user["metadata"]["name"] for user in users]
        proof = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        upserted: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(name, proof, passwords[name].encode()) for name in names
        ]
        for done in admin.alter_user_scram_credentials(upserted).values():
            done.result()
        bindings = [binding for user in users for binding in _bindings(user)]
        for done in admin.create_acls(bindings).values():
            done.result()


def _bindings(user: Mapping[str, Any]) -> Iterator[AclBinding]:
    for acl in user["spec"].get("authorization", {}).get("acls", []):
        resource = acl["resource"]
        for operation in acl["operations"]:
            yield AclBinding(
                RESOURCES[resource["type"]],
                resource["name"],
                PATTERNS[resource["patternType"]],
                f"User:{user['metadata']['name']}",
                "*",
                OPERATIONS[operation],
                AclPermissionType.ALLOW,
            )


@contextmanager
def secured_kafka(home: Path) -> Iterator[SecuredKafka]:
    """Starts one of this test's own."""
    home.mkdir(parents=True)
    port, plain, controller = free_port(), free_port(), free_port()
    keys, authority = _certificates(home)
    otherwise = {
        "listeners": f"PLAINTEXT://{HOST}:{plain},SASL_SSL://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{plain},SASL_SSL://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Whoever comes to the port without names: the broker itself, and the test.
        "super.users": "User:ANONYMOUS",
    }
    kafka = Kafka(home, plain, controller, otherwise=otherwise)
    kafka.start()
    try:
        yield SecuredKafka(kafka, port, authority)
    finally:
        kafka.destroy()


def _certificates(folder: Path) -> tuple[Path, Path]:
    """The broker's key and certificate in one file, and in another the authority that signed it."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority for tests")])
    now = dt.datetime.now(dt.UTC)

    def begun(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=12))
        )

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    own = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        begun(authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(own, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    broker = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a broker")]), key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    keys, signed_by = folder / "broker.pem", folder / "ca.crt"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keys.write_bytes(private + broker.public_bytes(Encoding.PEM))
    signed_by.write_bytes(authority.public_bytes(Encoding.PEM))
    return keys, signed_by
