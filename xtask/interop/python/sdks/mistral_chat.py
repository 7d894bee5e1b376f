"""Mistral chat by `mistralai`."""

import json
import os

from mistralai.client import Mistral, errors

from chat_completions import OpenAi
from scenario import ARGUMENTS, DIMENSIONS, RESULT, TEXTS, TOOL, equal, near, refused, told


class MistralAi:
    tools = OpenAi.tools
    question = OpenAi.question

    def __init__(self, key=None):
        self.client = Mistral(
            api_key=key or os.environ["MISTRAL_API_KEY"],
            server_url=os.environ["MISTRAL_BASE_URL"].removesuffix("/v1"),
            timeout_ms=20_000,
        )
        self.settings = {"model": "mistral-small-latest", "tools": self.tools}

    def answer(self, calls):
        (call,) = calls
        equal("tool", call.function.name, TOOL)
        equal("arguments", json.loads(call.function.arguments), ARGUMENTS)
        asked = {"role": "assistant", "content": "", "tool_calls": calls}
        return [*self.question, asked, {"role": "tool", "tool_call_id": call.id, "content": RESULT}]

    def plain(self):
        complete = self.client.chat.complete
        first = complete(messages=self.question, **self.settings).choices[0]
        equal("finish reason", first.finish_reason, "tool_calls")
        told(complete(messages=self.answer(first.message.tool_calls), **self.settings).choices[0].message.content)

    def streamed(self):
        calls, text = [], ""
        for event in self.client.chat.stream(messages=self.question, **self.settings):
            calls.extend(call for choice in event.data.choices for call in choice.delta.tool_calls or [])
        for event in self.client.chat.stream(messages=self.answer(calls), **self.settings):
            text += "".join(choice.delta.content or "" for choice in event.data.choices)
        told(text)

    def refusals(self):
        complete = self.client.chat.complete
        wrong = [{"role": "tool", "tool_call_id": "abcDEF123", "content": RESULT}]
        refused(errors.SDKError, lambda: complete(messages=wrong, **self.settings))
        other = MistralAi("wrong").client
        refused(errors.SDKError, lambda: other.chat.complete(messages=self.question, **self.settings))

    def embeddings(self):
        create = self.client.embeddings.create
        answer = create(model="codestral-embed", inputs=TEXTS, output_dimension=DIMENSIONS)
        equal("indexes", [item.index for item in answer.data], [0, 1, 2])
        near([item.embedding for item in answer.data])
        refused(errors.SDKError, lambda: create(model="codestral-embed", inputs=["word " * 20_000]))
