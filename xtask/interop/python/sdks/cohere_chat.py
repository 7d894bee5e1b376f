"""Cohere chat (v2) by `cohere`."""

import json
import os

import cohere

from chat_completions import OpenAi
from scenario import ARGUMENTS, DIMENSIONS, RESULT, TEXTS, TOOL, equal, near, refused, told


class Cohere:
    tools = OpenAi.tools
    question = OpenAi.question

    def __init__(self, key=None):
        self.client = cohere.ClientV2(
            api_key=key or os.environ["COHERE_API_KEY"], base_url=os.environ["COHERE_BASE_URL"], timeout=20
        )
        self.settings = {"model": "command-a-03-2025", "tools": self.tools}

    def answer(self, plan, call):
        equal("tool", call.function.name, TOOL)
        equal("arguments", json.loads(call.function.arguments), ARGUMENTS)
        asked = {"role": "assistant", "tool_plan": plan, "tool_calls": [call]}
        return [*self.question, asked, {"role": "tool", "tool_call_id": call.id, "content": RESULT}]

    def plain(self):
        first = self.client.chat(messages=self.question, **self.settings)
        equal("finish reason", first.finish_reason, "TOOL_CALL")
        (call,) = first.message.tool_calls
        messages = self.answer(first.message.tool_plan, call)
        told(self.client.chat(messages=messages, **self.settings).message.content[0].text)

    def streamed(self):
        plan, call, text = "", None, ""
        for event in self.client.chat_stream(messages=self.question, **self.settings):
            if event.type == "tool-plan-delta":
                plan += event.delta.message.tool_plan
            elif event.type == "tool-call-start":
                call = event.delta.message.tool_calls
            elif event.type == "tool-call-delta":
                call.function.arguments += event.delta.message.tool_calls.function.arguments
        for event in self.client.chat_stream(messages=self.answer(plan, call), **self.settings):
            if event.type == "content-delta":
                text += event.delta.message.content.text
        told(text)

    def refusals(self):
        wrong = [{"role": "tool", "tool_call_id": "unknown", "content": RESULT}]
        refused(cohere.BadRequestError, lambda: self.client.chat(messages=wrong, **self.settings))
        other = Cohere("wrong").client
        refused(cohere.UnauthorizedError, lambda: other.chat(messages=self.question, **self.settings))

    def embeddings(self):
        settings = {"model": "embed-v4.0", "input_type": "search_document", "embedding_types": ["float"]}
        answer = self.client.embed(texts=TEXTS, output_dimension=DIMENSIONS, **settings)
        near(answer.embeddings.float_)
        equal("texts", answer.texts, TEXTS)
        wrong = settings | {"input_type": "query"}
        refused(cohere.BadRequestError, lambda: self.client.embed(texts=TEXTS, **wrong))
