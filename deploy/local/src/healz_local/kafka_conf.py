"""The settings of the local Kafka: one node that is broker and controller, quick to start and to come back."""

from collections.abc import Mapping
from pathlib import Path

# broker.session.timeout.ms: after a SIGKILL the broker waits for its own old session to expire (9 s by default).
# log.cleaner.dedupe.buffer.size: 128 MB by default, for topics of millions of keys; ours that are compacted have a few.
# auto.create.topics.enable: a topic that nobody made with the right partitions must not come into being by a typo.
SERVER = """\
# Written by healz_local at every start: changes here are lost.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}

offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=8388608
"""

LOGGING = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <RollingFile name="file" fileName="{log}" filePattern="{log}.%i">
      <PatternLayout pattern="%d{{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}}{{UTC}} %p %c{{1}}: %m%n"/>
      <SizeBasedTriggeringPolicy size="10MB"/>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/></Root>
    <Logger name="org.apache.kafka.clients.NetworkClient" level="ERROR"/>
  </Loggers>
</Configuration>
"""

MAIN = "kafka.Kafka"
FORMAT = "kafka.tools.StorageTool"


def server_properties(port: int, controller_port: int, data: Path, otherwise: Mapping[str, str]) -> str:
    """The text of server.properties; what is ``otherwise`` comes last, and so it is what counts."""
    text = SERVER.format(port=port, controller_port=controller_port, data=data)
    return text + "".join(f"{name}={value}\n" for name, value in otherwise.items())


def logging_configuration(log: Path) -> str:
    """The text of the log4j2 configuration: everything into one file, rotated at 10 MB."""
    return LOGGING.format(log=log)


def java_options(logging_file: Path) -> list[str]:
    """Options of the Java machine. The quick compiler halves the start."""
    memory = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC"]
    return [*memory, "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={logging_file}"]
