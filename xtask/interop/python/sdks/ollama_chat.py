"""Ollama chat by `ollama`."""

import os

import ollama

from chat_completions import OpenAi
from scenario import ARGUMENTS, DIMENSIONS, RESULT, TEXTS, TOOL, equal, near, refused, told


class Ollama:
    tools = OpenAi.tools
    question = OpenAi.question

    def __init__(self):
        self.client = ollama.Client(host=os.environ["OLLAMA_BASE_URL"], timeout=20)

    def chat(self, messages, **settings):
        return self.client.chat(model="qwen3", messages=messages, tools=self.tools, **settings)

    def answer(self, message):
        (call,) = message.tool_calls
        equal("tool", call.function.name, TOOL)
        equal("arguments", dict(call.function.arguments), ARGUMENTS)
        return [*self.question, message, {"role": "tool", "tool_name": call.function.name, "content": RESULT}]

    def plain(self):
        told(self.chat(self.answer(self.chat(self.question).message)).message.content)

    def streamed(self):
        (asked,) = [part.message for part in self.chat(self.question, stream=True) if part.message.tool_calls]
        parts = list(self.chat(self.answer(asked), stream=True))
        if not parts[-1].eval_count:
            raise AssertionError("there is no usage")
        told("".join(part.message.content for part in parts))

    def refusals(self):
        wrong = self.client._client
        if wrong.post("/api/chat", json={"model": "qwen3", "messages": [{"role": "wizard"}]}).status_code != 400:
            raise AssertionError("a wrong role was taken")

    def embeddings(self):
        answer = self.client.embed(model="nomic-embed-text", input=TEXTS, dimensions=DIMENSIONS)
        near(answer.embeddings)
        if not answer.prompt_eval_count:
            raise AssertionError("there is no usage")
        long = "word " * 4_000
        embed = self.client.embed
        refused(ollama.ResponseError, lambda: embed(model="nomic-embed-text", input=long, truncate=False))
