"""Bedrock Converse by `boto3`, whose signatures the scripted model computes again."""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from scenario import ARGUMENTS, PURPOSE, QUESTION, RESULT, SCHEMA, TOOL, equal, refused, told


class Bedrock:
    tools = {"tools": [{"toolSpec": {"name": TOOL, "description": PURPOSE, "inputSchema": {"json": SCHEMA}}}]}
    question = [{"role": "user", "content": [{"text": QUESTION}]}]

    def __init__(self, secret=None):
        self.client = boto3.client(
            "bedrock-runtime",
            region_name="eu-west-1",
            endpoint_url=os.environ["BEDROCK_BASE_URL"],
            aws_access_key_id=os.environ["BEDROCK_KEY_ID"],
            aws_secret_access_key=secret or os.environ["BEDROCK_SECRET"],
            verify=os.environ["SSL_CERT_FILE"],
            config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
        )
        # An inference profile's id has a colon, which is escaped in the path and once more in the signature.
        self.settings = {"modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "toolConfig": self.tools}

    def answer(self, message):
        (call,) = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        equal("tool", call["name"], TOOL)
        equal("arguments", call["input"], ARGUMENTS)
        result = {"toolUseId": call["toolUseId"], "content": [{"json": json.loads(RESULT)}], "status": "success"}
        return [*self.question, message, {"role": "user", "content": [{"toolResult": result}]}]

    def plain(self):
        converse = self.client.converse
        first = converse(messages=self.question, **self.settings)
        equal("stop reason", first["stopReason"], "tool_use")
        last = converse(messages=self.answer(first["output"]["message"]), **self.settings)
        told(last["output"]["message"]["content"][0]["text"])

    def streamed(self):
        told(self.final(self.answer(self.final(self.question)))["content"][0]["text"])

    def final(self, messages):
        """The message that the events add up to."""
        blocks, stop, usage = {}, None, None
        for event in self.client.converse_stream(messages=messages, **self.settings)["stream"]:
            ((kind, body),) = event.items()
            if kind == "contentBlockStart":
                blocks[body["contentBlockIndex"]] = {"toolUse": {**body["start"]["toolUse"], "input": ""}}
            elif kind == "contentBlockDelta":
                block = blocks.setdefault(body["contentBlockIndex"], {"text": ""})
                if "toolUse" in block:
                    block["toolUse"]["input"] += body["delta"]["toolUse"]["input"]
                else:
                    block["text"] += body["delta"]["text"]
            elif kind == "messageStop":
                stop = body["stopReason"]
            elif kind == "metadata":
                usage = body["usage"]
        for block in blocks.values():
            if "toolUse" in block:
                block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
        equal("stop reason", stop, "tool_use" if any("toolUse" in block for block in blocks.values()) else "end_turn")
        if not usage["totalTokens"]:
            raise AssertionError("there is no usage")
        return {"role": "assistant", "content": [blocks[index] for index in sorted(blocks)]}

    def refusals(self):
        wrong = [{"role": "assistant", "content": [{"text": QUESTION}]}]
        exceptions = self.client.exceptions
        refused(exceptions.ValidationException, lambda: self.client.converse(messages=wrong, **self.settings))
        other = Bedrock("wrong").client
        try:
            other.converse(messages=self.question, **self.settings)
        except ClientError as error:
            equal("error", error.response["Error"]["Code"], "InvalidSignatureException")
            return
        raise AssertionError("a wrong signature was taken")
