"""The official SDKs of three APIs against the scripted models that speak them: a tool round trip each, plain and
streamed, over TLS. Addresses and keys come from the environment, trust from SSL_CERT_FILE.
"""

import json
import os
import sys
import time

import anthropic
import openai
from google import genai
from google.genai import errors, types

QUESTION = (
    "Customer CUST67890 recently made purchases of $150, $300, $13 and $89. "
    "Calculate their total account value and check if they qualify for premium status (>$500)."
)
TOOL, PURPOSE = "calculate_account_value", "Calculates what a customer's account is worth."
SCHEMA = {
    "type": "object",
    "properties": {
        "customer_id": {"type": "string"},
        "amounts": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["customer_id", "amounts"],
}
ARGUMENTS = {"customer_id": "CUST67890", "amounts": [150, 300, 13, 89]}
RESULT = json.dumps(
    {
        "customer_id": "CUST67890",
        "calculation": {"total": 552.0, "average": 138.0, "count": 4},
        "account_tier": "bronze",
    }
)
TOLD = "The total account value of customer CUST67890 is $552"


def equal(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: found {found!r}, expected {expected!r}")


def told(text):
    if not text.startswith(TOLD):
        raise AssertionError(f"the answer is {text!r}")


def refused(error, request):
    try:
        request()
    except error:
        return
    raise AssertionError(f"there is no {error.__name__}")


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


class Gemini:
    model = "gemini-3-flash-preview"
    question = [types.Content(role="user", parts=[types.Part(text=QUESTION)])]
    config = types.GenerateContentConfig(
        tools=[
            types.Tool(
                function_declarations=[
                    types.FunctionDeclaration(name=TOOL, description=PURPOSE, parameters_json_schema=SCHEMA)
                ]
            )
        ],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )

    def __init__(self, key=None):
        options = types.HttpOptions(base_url=os.environ["GEMINI_BASE_URL"], timeout=20_000)
        self.client = genai.Client(api_key=key or os.environ["GEMINI_API_KEY"], http_options=options)

    def answer(self, parts):
        (call,) = [part.function_call for part in parts if part.function_call]
        equal("tool", call.name, TOOL)
        equal("arguments", call.args, ARGUMENTS)
        response = types.FunctionResponse(id=call.id, name=call.name, response=json.loads(RESULT))
        return [
            *self.question,
            types.Content(role="model", parts=parts),
            types.Content(role="user", parts=[types.Part(function_response=response)]),
        ]

    def plain(self):
        def parts(contents):
            response = self.client.models.generate_content(model=self.model, contents=contents, config=self.config)
            if not response.usage_metadata.total_token_count:
                raise AssertionError("there is no usage")
            return response.candidates[0].content.parts

        told(parts(self.answer(parts(self.question)))[0].text)

    def streamed(self):
        def parts(contents):
            chunks = self.client.models.generate_content_stream(
                model=self.model, contents=contents, config=self.config
            )
            return [part for chunk in chunks for part in chunk.candidates[0].content.parts]

        told("".join(part.text or "" for part in parts(self.answer(parts(self.question)))))

    def refusals(self):
        generate = self.client.models.generate_content
        wrong = [types.Content(role="wizard", parts=[types.Part(text=QUESTION)])]
        refused(errors.ClientError, lambda: generate(model=self.model, contents=wrong))
        # Kept, because this SDK closes a client that nobody holds any more.
        other = Gemini("wrong").client
        refused(errors.ClientError, lambda: other.models.generate_content(model=self.model, contents=QUESTION))


def main():
    failed = 0
    for name, sdk in [("openai", OpenAi), ("anthropic", Anthropic), ("google-genai", Gemini)]:
        for title, check in [
            ("a tool round trip", "plain"),
            ("a streamed tool round trip", "streamed"),
            ("a wrong request and a wrong key are refused", "refusals"),
        ]:
            if os.environ.get("INTEROP_FILTER", "") not in f"{name}: {title}":
                continue
            start = time.monotonic()
            try:
                getattr(sdk(), check)()
                print(f"✓ {name}: {title} ({(time.monotonic() - start) * 1000:.0f} ms)", flush=True)
            except Exception as error:
                failed += 1
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                print(f"✗ {name}: {title}: {reason}", flush=True)
    return 1 if failed else 0


sys.exit(main())
