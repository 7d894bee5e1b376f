"""The official SDKs of eight APIs against the scripted models that speak them: a tool round trip each, plain and
streamed, and embeddings where there are any, over TLS. Addresses and keys come from the environment, trust from SSL_CERT_FILE.
"""

import os
import sys
import time

from bedrock_converse import Bedrock
from chat_completions import OpenAi
from cohere_chat import Cohere
from generate_content import Gemini
from messages import Anthropic
from mistral_chat import MistralAi
from ollama_chat import Ollama
from responses import OpenAiResponses

SDKS = [
    ("openai", OpenAi),
    ("openai responses", OpenAiResponses),
    ("anthropic", Anthropic),
    ("google-genai", Gemini),
    ("cohere", Cohere),
    ("mistralai", MistralAi),
    ("ollama", Ollama),
    ("boto3", Bedrock),
]


def main():
    failed = 0
    for name, sdk in SDKS:
        for title, check in [
            ("a tool round trip", "plain"),
            ("a streamed tool round trip", "streamed"),
            ("a wrong request and a wrong key are refused", "refusals"),
            ("texts are embedded", "embeddings"),
        ]:
            if not hasattr(sdk, check):
                continue
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
