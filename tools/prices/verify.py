#!/usr/bin/env python3
"""Price random calls of every bundled model with genai-prices and with windage, and compare to the last digit.

usage: verify.py path/to/windage [--seed N] [--per-model N]

Exit 1 where an amount differs. Models whose genai-prices price cannot be computed (contradictory random usage) must be unpriced here too.
"""

import argparse
import datetime
import json
import random
import subprocess
import sys
import warnings
from decimal import Decimal

import genai_prices.data as data
import genai_prices.types as t
from genai_prices.data_snapshot import get_snapshot

warnings.simplefilter('ignore')


def sample(rng: random.Random, model) -> dict:
    total = rng.choice([0, 1, 10, 1000, 99_999, 128_001, 200_000, 200_001, 272_000, 272_001, 600_000])
    usage = {'input': total, 'output': rng.choice([0, 1, 500, 70_000])}
    read = rng.randint(0, total)
    if rng.random() < 0.6:
        usage['cache_read'] = read
        if rng.random() < 0.6:
            write = rng.randint(0, total - read)
            usage['cache_write'] = write
            if rng.random() < 0.5:
                usage['cache_write_1h'] = rng.randint(0, write)
    if rng.random() < 0.3:
        usage['output_reasoning'] = rng.randint(0, usage['output'])
    if rng.random() < 0.25:
        audio = rng.randint(0, total)
        usage |= {'input_audio': audio, 'cache_audio_read': 0, 'cache_audio_write': 0, 'cache_audio_write_1h': 0, 'cache_audio_write_5m': 0}
    if rng.random() < 0.2:
        usage['web_searches'] = rng.randint(0, 5)
    if rng.random() < 0.1:
        usage['audio_seconds'] = usage['input_audio_seconds'] = rng.randint(0, 100)
    return usage


KEYS = {'web_searches', 'audio_seconds', 'input_audio_seconds'}


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('windage')
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--per-model', type=int, default=8)
    a = ap.parse_args()
    rng = random.Random(a.seed)
    snapshot = get_snapshot()
    lines, want = [], []
    for provider in data.providers:
        for model in provider.models:
            # A few ids are no name that genai-prices' own clauses match; windage takes a model's id as its name.
            found = provider.find_model(model.id, all_providers=data.providers) or model
            for _ in range(a.per_model):
                usage = sample(rng, model)
                at = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(minutes=rng.randint(0, 2 * 365 * 24 * 60))
                context = rng.choice([{}, {}, {'processing': 'batch'}, {'service_tier': 'priority'}, {'service_tier': 'flex'}, {'speed': 'fast'}])
                raw = {k if k in KEYS else k + '_tokens': v for k, v in usage.items()}
                try:
                    expect = str(found.calc_price(t.Usage(**raw), provider, genai_request_timestamp=at, price_context=context or None).total_price)
                except ValueError:
                    expect = None
                want.append((provider.id, model.id, expect, usage, context, at))
                lines.append(json.dumps({
                    'id': len(lines), 'provider': provider.id, 'model': model.id, 'timestamp': at.isoformat(),
                    'usage': usage, 'request_attributes': context,
                }))
    p = subprocess.run([a.windage, 'price'], input='\n'.join(lines), capture_output=True, text=True)
    answers = [json.loads(x) for x in p.stdout.splitlines()]
    bad = 0
    for (prov, model, expect, usage, context, at), got in zip(want, answers, strict=True):
        same = got['usd'] is None if expect is None else got['usd'] is not None and abs(Decimal(got['usd']) - Decimal(expect)) <= Decimal('5e-12')
        # A table without a rate for anything that was used says 0; windage says unpriced.
        same = same or (got.get('reason') in ('unpriced_unit', 'no_usage') and expect is not None and Decimal(expect) == 0)
        if not same:
            bad += 1
            if bad <= 20:
                print(f'{prov}/{model} {at.isoformat()} {usage} {context}: windage {got["usd"]} ({got.get("reason")}), genai-prices {expect}')
    print(f'{len(want) - bad}/{len(want)} equal')
    sys.exit(bad > 0)


if __name__ == '__main__':
    main()
