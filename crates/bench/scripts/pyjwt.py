"""PyJWT: as the article does it (the JWK made into a key for each token) and with the key kept.

usage: pyjwt.py FOLDER ISSUER AUDIENCE; prints algorithm, who, wall µs, CPU µs, separated by tabs
"""

import json
import pathlib
import sys
import time

import jwt
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

folder, issuer, audience = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def timed(work, seconds=0.03):
    for _ in range(20):
        work()
    times, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        for _ in range(8):
            work()
        times += 8
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall * 1e6 / times, cpu * 1e6 / times


for name, algorithm in (("RS256", RSAAlgorithm), ("ES256", ECAlgorithm), ("EdDSA", OKPAlgorithm)):
    jwk = json.loads((folder / f"{name}.jwk").read_text())
    token = (folder / f"{name}.token").read_text()
    kept = algorithm.from_jwk(jwk)

    def verify(key):
        return jwt.decode(token, key=key, algorithms=[name], audience=audience, issuer=issuer)

    for who, work in (
        ("PyJWT, key kept", lambda: verify(kept)),
        ("PyJWT, as the article", lambda: verify(algorithm.from_jwk(jwk))),
    ):
        wall, cpu = timed(work)
        print(name, who, f"{wall:.3f}", f"{cpu:.3f}", sep="\t")
