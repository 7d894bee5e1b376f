"""OpenAI responses by `openai`."""

import json

import openai

from scenario import ARGUMENTS, PURPOSE, QUESTION, RESULT, SCHEMA, TOOL, equal, refused, told


class OpenAiResponses:
    model = "gpt-5-mini"
    tools = [{"type": "function", "name": TOOL, "description": PURPOSE, "parameters": SCHEMA, "strict": False}]
    question = [{"role": "user", "content": QUESTION}]

    def __init__(self):
        self.client = openai.OpenAI(max_retries=0, timeout=20)
        self.settings = {"model": self.model, "tools": self.tools, "store": False}

    def answer(self, response):
        (call,) = [item for item in response.output if item.type == "function_call"]
        equal("tool", call.name, TOOL)
        equal("arguments", json.loads(call.arguments), ARGUMENTS)
        output = {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}
        return [*self.question, *response.output, output]

    def plain(self):
        create = self.client.responses.create
        told(create(input=self.answer(create(input=self.question, **self.settings)), **self.settings).output_text)

    def streamed(self):
        def final(items):
            with self.client.responses.stream(input=items, **self.settings) as stream:
                response = stream.get_final_response()
            if not response.usage.total_tokens:
                raise AssertionError("there is no usage")
            return response

        told(final(self.answer(final(self.question))).output_text)

    def refusals(self):
        create = self.client.responses.create
        wrong = [{"type": "function_call_output", "call_id": "call_unknown", "output": RESULT}]
        refused(openai.BadRequestError, lambda: create(input=wrong, **self.settings))
        with_wrong_key = self.client.with_options(api_key="wrong").responses.create
        refused(openai.AuthenticationError, lambda: with_wrong_key(input=QUESTION, **self.settings))
