"""A stranger's client: it knows Kafka, JSON Schema and docs/asyncapi.yaml, and not a line of this project's code."""

# Its records have keys, values and headers, or it may fail.
# mypy: disable-error-code="union-attr,arg-type,str-unpack"

import json
import sys
from pathlib import Path

import yaml
from confluent_kafka import Consumer
from jsonschema import Draft202012Validator as Validator

path, bootstrap, region = sys.argv[1:]
document = yaml.safe_load(Path(path).read_text("utf-8"))
channel = document["channels"]["region_codes_v1"]
types = {message["name"]: message for message in document["components"]["messages"].values()}
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "a-stranger", "auto.offset.reset": "earliest",
                     "isolation.level": "read_committed"})  # fmt: skip
consumer.subscribe([channel["address"].format(region=region)])
while True:
    if (record := consumer.poll(1.0)) and not record.error():
        headers = {name: value.decode() for name, value in record.headers()}
        message, payload = types[headers["ce_type"]], json.loads(record.value())
        Validator({**document, **message["headers"]}).validate(headers)
        Validator({**document, **message["payload"]}).validate(payload)
        print(json.dumps([record.key().decode(), message["title"], payload]), flush=True)  # noqa: T201 - its purpose
