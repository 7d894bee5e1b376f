"""One Python client of models in a process of its own, on the first processor.

usage: models.py openai|anthropic|litellm API text|tool|stream PORT IN_FLIGHT MILLIS
prints requests/s, CPU µs per request, p50 µs, p99 µs and peak memory in KiB; with `first` in place of the last two it asks
once and prints its processor time in ms and its peak memory
"""

import asyncio
import json
import os
import pathlib
import sys
import time

os.sched_setaffinity(0, {0})
who, api, kind, port, *how = sys.argv[1:]

MODEL = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5"}[api]
SYSTEM = "You are a helpful customer service assistant. Use the tools when you need data. Be brief and exact."
QUESTION = "Look up information for customer CUST67890 and tell me about their account status."
CUSTOMER = "CUST67890"
ROOT = f"http://127.0.0.1:{port}/{kind}"
USER = {"role": "user", "content": QUESTION}
TOOLS = json.loads((pathlib.Path(__file__).parents[1] / "data" / "tools.json").read_text())
# Stands for a pool that is large enough for what is in flight.
CONNECTIONS = 1000


def openai_client():
    import httpx
    import openai

    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    http = openai.DefaultAsyncHttpxClient(limits=limits)
    client = openai.AsyncOpenAI(api_key="sk-x", base_url=ROOT + "/v1", max_retries=0, http_client=http)
    request = {"model": MODEL, "messages": [{"role": "system", "content": SYSTEM}, USER]}
    if kind == "tool":
        request["tools"] = TOOLS

    async def ask():
        if kind == "stream":
            stream = await client.chat.completions.create(**request, stream=True)
            return sum([len(chunk.choices[0].delta.content or "") async for chunk in stream if chunk.choices])
        message = (await client.chat.completions.create(**request)).choices[0].message
        return of_message(message)

    return ask


def of_message(message):
    if kind == "tool":
        return len(json.loads(message.tool_calls[0].function.arguments)["customer_id"])
    return len(message.content)


def anthropic_client():
    import anthropic
    import httpx

    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    http = anthropic.DefaultAsyncHttpxClient(limits=limits)
    client = anthropic.AsyncAnthropic(api_key="sk-x", base_url=ROOT, max_retries=0, http_client=http)
    request = {"model": MODEL, "max_tokens": 4096, "system": SYSTEM, "messages": [USER]}
    if kind == "tool":
        functions = [tool["function"] for tool in TOOLS]
        request["tools"] = [
            {"name": f["name"], "description": f["description"], "input_schema": f["parameters"]} for f in functions
        ]

    async def ask():
        if kind == "stream":
            length = 0
            async for event in await client.messages.create(**request, stream=True):
                if event.type == "content_block_delta":
                    length += len(event.delta.text)
            return length
        block = (await client.messages.create(**request)).content[0]
        return len(block.input["customer_id"] if kind == "tool" else block.text)

    return ask


def litellm_client():
    import litellm

    litellm.suppress_debug_info = True
    request = {
        "model": f"{api}/{MODEL}",
        "messages": [{"role": "system", "content": SYSTEM}, USER],
        "api_key": "sk-x",
        "api_base": ROOT + ("/v1" if api == "openai" else ""),
    }
    if kind == "tool":
        request["tools"] = TOOLS

    async def ask():
        if kind == "stream":
            stream = await litellm.acompletion(**request, stream=True)
            return sum([len(chunk.choices[0].delta.content or "") async for chunk in stream if chunk.choices])
        return of_message((await litellm.acompletion(**request)).choices[0].message)

    return ask


def peak_memory():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


async def load(ask, in_flight, seconds):
    end, times = time.perf_counter() + seconds, []

    async def one():
        while True:
            start = time.perf_counter()
            length = await ask()
            assert length == EXPECTED, length
            times.append(time.perf_counter() - start)
            if time.perf_counter() >= end:
                return

    await asyncio.gather(*[one() for _ in range(in_flight)])
    return sorted(times)


async def main():
    ask = {"openai": openai_client, "anthropic": anthropic_client, "litellm": litellm_client}[who]()
    if how == ["first"]:
        assert await ask() == EXPECTED
        print(time.process_time() * 1000, peak_memory())
        return
    in_flight, seconds = int(how[0]), int(how[1]) / 1000
    await load(ask, in_flight, seconds / 3)
    wall, cpu = time.perf_counter(), time.process_time()
    times = await load(ask, in_flight, seconds)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    part = lambda share: times[min(int(len(times) * share), len(times) - 1)] * 1e6
    print(len(times) / wall, cpu * 1e6 / len(times), part(0.5), part(0.99), peak_memory())


WORDS = ["The ", "customer ", "account ", "is ", "active ", "and ", "in ", "good "]
EXPECTED = {
    "text": len("".join(WORDS[place % 8] for place in range(18)).rstrip()),
    "tool": len(CUSTOMER),
    "stream": len("".join(WORDS[place % 8] for place in range(500))),
}[kind]
asyncio.run(main())
sys.stdout.flush()
# Background threads and open connections are not waited for.
os._exit(0)
