"""OpenAI chat completions by `openai`."""

import json

import openai

from scenario import (
    ARGUMENTS,
    DIMENSIONS,
    PURPOSE,
    QUESTION,
    RESULT,
    SCHEMA,
    TEXTS,
    TOOL,
    equal,
    near,
    refused,
    told,
)


class OpenAi:
    model = "gpt-5-mini"
    tools = [{"type": "function", "function": {"name": TOOL, "description": PURPOSE, "parameters": SCHEMA}}]
    question = [{"role": "user", "content": QUESTION}]

    def __init__(self):
        self.client = openai.OpenAI(max_retries=0, timeout=20)

    def answer(self, message):
        (call,) = message.tool_calls
        equal("tool", call.function.name, TOOL)
        equal("arguments", json.loads(call.function.arguments), ARGUMENTS)
        result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
        return [*self.question, message.model_dump(exclude_none=True), result]

    def plain(self):
        create = self.client.chat.completions.create
        first = create(model=self.model, messages=self.question, tools=self.tools)
        equal("finish reason", first.choices[0].finish_reason, "tool_calls")
        messages = self.answer(first.choices[0].message)
        told(create(model=self.model, messages=messages, tools=self.tools).choices[0].message.content)

    def streamed(self):
        def final(messages):
            with self.client.chat.completions.stream(
                model=self.model, messages=messages, tools=self.tools, stream_options={"include_usage": True}
            ) as stream:
                completion = stream.get_final_completion()
            if not completion.usage.total_tokens:
                raise AssertionError("there is no usage")
            return completion.choices[0].message

        message = final(self.question)
        (call,) = message.tool_calls
        call.function.parsed_arguments = None
        told(final(self.answer(message)).content)

    def refusals(self):
        create = self.client.chat.completions.create
        refused(openai.BadRequestError, lambda: create(model=self.model, messages=[]))
        refused(openai.AuthenticationError, self.client.with_options(api_key="wrong").models.list)

    def embeddings(self):
        create = self.client.embeddings.create
        # Without a format, this SDK asks for base64 and decodes it.
        for form in [{}, {"encoding_format": "float"}]:
            answer = create(model="text-embedding-3-small", input=TEXTS, dimensions=DIMENSIONS, **form)
            equal("indexes", [item.index for item in answer.data], [0, 1, 2])
            near([item.embedding for item in answer.data])
        refused(openai.BadRequestError, lambda: create(model="text-embedding-3-small", input=[""]))
