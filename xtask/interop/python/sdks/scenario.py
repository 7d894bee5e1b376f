"""What is asked and what must come out, whatever the API."""

import json

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
TEXTS = ["What do cats eat?", "Cats eat fish.", "Ships need harbours."]
DIMENSIONS = 48


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


def near(vectors):
    """One vector for each text, of the length asked for, and the first nearer to the second than to the third."""
    equal("vectors", [len(vector) for vector in vectors], [DIMENSIONS] * len(TEXTS))
    first, second, third = vectors
    close, far = (sum(a * b for a, b in zip(first, other)) for other in (second, third))
    if close <= far:
        raise AssertionError(f"the texts that share words are at {close}, the others at {far}")
