"""Gemini `generateContent` by `google-genai`."""

import json
import os

from google import genai
from google.genai import errors, types

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

    def embeddings(self):
        # Texts alone would be parts of one content.
        contents = [types.Content(parts=[types.Part(text=text)]) for text in TEXTS]
        config = types.EmbedContentConfig(output_dimensionality=DIMENSIONS, task_type="RETRIEVAL_DOCUMENT")
        answer = self.client.models.embed_content(model="gemini-embedding-001", contents=contents, config=config)
        near([embedding.values for embedding in answer.embeddings])
        wrong = types.EmbedContentConfig(task_type="SEARCH")
        embed = self.client.models.embed_content
        refused(errors.ClientError, lambda: embed(model="gemini-embedding-001", contents=contents, config=wrong))
