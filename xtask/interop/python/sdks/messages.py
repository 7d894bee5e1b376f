"""Anthropic messages by `anthropic`."""

import anthropic

from scenario import ARGUMENTS, PURPOSE, QUESTION, RESULT, SCHEMA, TOOL, equal, refused, told


class Anthropic:
    model = "claude-haiku-4-5"
    tools = [{"name": TOOL, "description": PURPOSE, "input_schema": SCHEMA}]
    question = [{"role": "user", "content": QUESTION}]

    def __init__(self):
        self.client = anthropic.Anthropic(max_retries=0, timeout=20)
        self.settings = {"model": self.model, "max_tokens": 200, "tools": self.tools}

    def answer(self, message):
        equal("stop reason", message.stop_reason, "tool_use")
        (call,) = [block for block in message.content if block.type == "tool_use"]
        equal("tool", call.name, TOOL)
        equal("arguments", call.input, ARGUMENTS)
        result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
        return [
            *self.question,
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": [result]},
        ]

    def plain(self):
        create = self.client.messages.create
        messages = self.answer(create(messages=self.question, **self.settings))
        told(create(messages=messages, **self.settings).content[0].text)

    def streamed(self):
        def final(messages):
            with self.client.messages.stream(messages=messages, **self.settings) as stream:
                message = stream.get_final_message()
            if not message.usage.output_tokens:
                raise AssertionError("there is no usage")
            return message

        told(final(self.answer(final(self.question))).content[0].text)

    def refusals(self):
        create = self.client.messages.create
        wrong = [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_unknown"}]}]
        refused(anthropic.BadRequestError, lambda: create(messages=wrong, **self.settings))
        with_wrong_key = self.client.with_options(api_key="wrong").messages.create
        refused(anthropic.AuthenticationError, lambda: with_wrong_key(messages=self.question, **self.settings))
