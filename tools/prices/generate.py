#!/usr/bin/env python3
"""Generate the bundled price table from the published facts of two packages.

usage: generate.py --checked-at YYYY-MM-DD OUT.json REST.json

genai-prices leads: every model, date, tier, window and variant of it becomes a row. LiteLLM's table is compared with it, rate by
rate; where the two disagree the model says so in `differs`, and the row follows genai-prices. The output is in the canonical
format of windage's price files, one model a line, so that a new version shows as a readable diff. Models of the same providers
that only LiteLLM prices go to REST.json in LiteLLM's own format, one entry a line: nothing confirms them, and they have no dates.
"""

import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import pathlib
import sys
from decimal import Decimal

import genai_prices.data as data
import genai_prices.types as t

# Spellings of providers in traces live in Go (cost/names.go); the table holds genai-prices' own clauses.

# litellm_provider values whose entries are sold by one of our providers.
LITELLM_PROVIDERS = {
    'anthropic': {'anthropic'},
    'openai': {'openai', 'text-completion-openai', 'chatgpt'},
    'azure': {'azure', 'azure_text'},
    'google': {'gemini', 'vertex_ai', 'vertex_ai-language-models', 'vertex_ai-embedding-models', 'vertex_ai-image-models'},
    'aws': {'bedrock', 'bedrock_converse'},
    'mistral': {'mistral'},
    'deepseek': {'deepseek'},
    'x-ai': {'xai'},
    'cohere': {'cohere', 'cohere_chat'},
    'groq': {'groq'},
    'perplexity': {'perplexity'},
    'together': {'together_ai'},
    'fireworks': {'fireworks_ai'},
    'moonshotai': {'moonshot'},
    'openrouter': {'openrouter'},
    'zai': {'zai'},
    'cerebras': {'cerebras'},
    'voyageai': {'voyage'},
}

# LiteLLM's keys (USD per token) that mean the same as a genai-prices key (USD per million tokens).
SAME = {
    'input_mtok': 'input_cost_per_token',
    'output_mtok': 'output_cost_per_token',
    'cache_read_mtok': 'cache_read_input_token_cost',
    'cache_write_mtok': 'cache_creation_input_token_cost',
    'cache_write_1h_mtok': 'cache_creation_input_token_cost_above_1hr',
    'input_audio_mtok': 'input_cost_per_audio_token',
    'output_audio_mtok': 'output_cost_per_audio_token',
    'output_image_mtok': 'output_cost_per_image_token',
    'output_reasoning_mtok': 'output_cost_per_reasoning_token',
}


def plain(d: Decimal) -> str:
    """The shortest decimal without an exponent; float noise in the 17th digit is rounded away."""
    r = round(d, 9)
    if d and abs(r - d) / d < Decimal('1e-9'):
        d = r
    s = format(d, 'f')
    return s.rstrip('0').rstrip('.') if '.' in s else s


def clause(c):
    if c is None:
        return None
    for attr, key in (('or_', 'or'), ('and_', 'and')):
        if hasattr(c, attr):
            return {key: [clause(x) for x in getattr(c, attr)]}
    for key in ('equals', 'starts_with', 'ends_with', 'contains', 'regex'):
        if hasattr(c, key):
            return {key: getattr(c, key)}
    raise TypeError(f'unknown clause {c!r}')


def rates(price: t.ModelPrice) -> dict:
    out = {}
    for key, value in price.__dict__.items():
        if key.startswith('_') or value is None:
            continue
        if isinstance(value, t.TieredPrices):
            out[key] = {'base': plain(value.base), 'tiers': [{'above': x.start, 'price': plain(x.price)} for x in value.tiers]}
        else:
            out[key] = plain(value)
    return out


def constraint(row: dict, c) -> dict:
    if isinstance(c, t.StartDateConstraint):
        row['valid_from'] = c.start_date.isoformat()
    elif isinstance(c, t.TimeOfDateConstraint):
        utc = [t._utc_timetz(x).strftime('%H:%M') for x in (c.start_time, c.end_time)]
        row['windows'] = [{'from': utc[0], 'to': utc[1]}]
    elif c is not None:
        raise TypeError(f'unknown constraint {c!r}')
    return row


def rows(model) -> list:
    if isinstance(model.prices, t.ModelPrice):
        prices = [t.ConditionalPrice(prices=model.prices)]
    else:
        prices = model.prices
    out = []
    for p in prices:
        row = constraint({}, p.constraint)
        row['rates'] = rates(p.prices)
        if not row['rates']:
            row['free'] = True
        out.append(row)
    return out


def variants(model) -> list:
    out = []
    for v in model.price_variants or []:
        r = rates(v.prices)
        # A variant without rates of its own (service tier "default") changes nothing.
        if r:
            row = constraint({}, v.constraint)
            row['when'] = dict(v.when)
            row['rates'] = r
            out.append(row)
    return out


def current(model, now: datetime.datetime) -> t.ModelPrice:
    """The price in force at now, windows apart: what an undated table can be compared with."""
    if isinstance(model.prices, t.ModelPrice):
        return model.prices
    best = model.prices[0].prices
    for p in model.prices:
        if p.constraint is None or isinstance(p.constraint, t.StartDateConstraint) and p.constraint.active(now):
            best = p.prices
    return best


def differences(provider, model, litellm: dict, now) -> tuple[str, dict]:
    """Whether LiteLLM agrees, and the keys on which it does not."""
    theirs = LITELLM_PROVIDERS.get(provider.id)
    if not theirs:
        return 'not compared', {}
    candidates = [model.id, *[f'{p}/{model.id}' for p in sorted(theirs)]]
    entry = next((litellm[c] for c in candidates if c in litellm and litellm[c].get('litellm_provider') in theirs), None)
    if entry is None:
        return 'absent', {}
    ours = current(model, now)
    out = {}
    for gp, ll in SAME.items():
        mine, other = getattr(ours, gp, None), entry.get(ll)
        if mine is None or other is None:
            continue
        mine = mine.base if isinstance(mine, t.TieredPrices) else mine
        other = Decimal(str(other)) * 1_000_000
        if abs(mine - other) > max(abs(mine), abs(other)) * Decimal('1e-6'):
            out[gp] = plain(other)
    return ('differs' if out else 'agrees'), out


def multipliers(provider, model, litellm: dict) -> list:
    """What an answer computed in a bought place costs more; only LiteLLM's table says it, entry by entry."""
    theirs = LITELLM_PROVIDERS.get(provider.id, set()) | ({'vertex_ai'} if provider.id == 'anthropic' else set())
    out = []
    entries = [
        e for n in (model.id, *[f'{p}/{model.id}' for p in sorted(theirs)])
        if (e := litellm.get(n)) and (e.get('litellm_provider') in theirs or str(e.get('litellm_provider', '')).startswith('vertex_ai') and 'vertex_ai' in theirs)
    ]

    def add(when: dict, value) -> None:
        if not isinstance(value, (int, float, Decimal)) or value == 1:
            return
        row = {'when': when, 'multiply': plain(Decimal(str(value)))}
        if row not in out:
            out.append(row)

    for e in entries:
        for place in ('eu', 'us'):
            add({'data_residency': place}, e.get(f'regional_processing_uplift_multiplier_{place}'))
            add({'inference_geo': place}, (e.get('provider_specific_entry') or {}).get(place))
        add({'vertex_location': '!global'}, e.get('regional_endpoint_uplift_multiplier'))
    return out


# What people call through an API by tokens; images, speech and video are billed by other units than a trace carries.
MODES = {'chat', 'completion', 'responses', 'embedding', 'rerank'}


def rest(litellm: dict) -> dict:
    """Entries for models that genai-prices does not know under any spelling."""
    by_id = {p.id: p for p in data.providers}
    out = {}
    for name, entry in litellm.items():
        ours = next((p for p, theirs in LITELLM_PROVIDERS.items() if entry.get('litellm_provider') in theirs), None)
        if ours in (None, 'openrouter') or entry.get('mode') not in MODES or name.startswith('bedrock/') or name.startswith('ft:'):
            continue
        bare = name.split('/', 1)[1] if '/' in name else name
        ids = {m.id for m in by_id[ours].models}
        if any(n in ids or by_id[ours].find_model(n, all_providers=data.providers) for n in (name, bare)):
            continue
        keep = {k: v for k, v in entry.items() if k in ('litellm_provider', 'mode', 'max_input_tokens', 'tiered_pricing', 'off_peak_pricing', 'source') or '_cost' in k or 'uplift' in k}
        if any(v for k, v in keep.items() if k.startswith(('input_cost', 'output_cost', 'tiered'))):
            out[name] = keep
    return out


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('--checked-at', required=True)
    ap.add_argument('out', type=pathlib.Path)
    ap.add_argument('rest', type=pathlib.Path)
    a = ap.parse_args()
    now = datetime.datetime.fromisoformat(a.checked_at).replace(tzinfo=datetime.UTC)

    root = pathlib.Path(importlib.util.find_spec('litellm').submodule_search_locations[0])
    litellm = json.loads((root / 'model_prices_and_context_window_backup.json').read_text(), parse_float=Decimal)

    counts: dict[str, int] = {}
    providers = []
    for p in data.providers:
        models = []
        for m in p.models:
            verdict, differs = differences(p, m, litellm, now)
            counts[verdict] = counts.get(verdict, 0) + 1
            out = {'id': m.id, 'match': clause(m.match)}
            if m.context_window:
                out['context_window'] = m.context_window
            if m.deprecated:
                out['deprecated'] = True
            if p.id == 'groq' and m.id in ('whisper-large-v3', 'whisper-large-v3-turbo'):
                out['min_audio_seconds'] = 10
            out['prices'] = rows(m)
            if v := variants(m):
                out['variants'] = v
            if x := multipliers(p, m, litellm):
                out['multipliers'] = x
            if differs:
                out['differs'] = {'litellm': differs}
                out['note'] = 'the published tables disagree; this row follows genai-prices'
            models.append(out)
        head = {'id': p.id}
        if p.provider_match:
            head['match'] = clause(p.provider_match)
        head['url'] = p.api_pattern
        if p.model_match:
            head['model_match'] = clause(p.model_match)
        if p.fallback_model_providers:
            head['fallback'] = list(p.fallback_model_providers)
        if p.pricing_urls:
            head['pricing_url'] = p.pricing_urls[0]
        providers.append((head, models))

    def line(x) -> str:
        return json.dumps(x, ensure_ascii=False, separators=(',', ':'))

    sources = [
        {'name': n, 'version': importlib.metadata.version(n), 'license': 'MIT'} for n in ('genai-prices', 'litellm')
    ]
    with a.out.open('w') as f:
        f.write('{"version":1,"name":"bundled","currency":"USD",\n')
        f.write(f'"checked_at":{line(a.checked_at)},\n"sources":{line(sources)},\n"providers":[\n')
        for i, (head, models) in enumerate(providers):
            f.write(line(head)[:-1] + ',"models":[\n')
            f.write(',\n'.join(line(m) for m in models))
            f.write('\n]}' + (',' if i + 1 < len(providers) else '') + '\n')
        f.write(']}\n')
    unconfirmed = rest(litellm)
    with a.rest.open('w') as f:
        body = ',\n'.join(f'{line(k)}:{json.dumps(v, ensure_ascii=False, separators=(",", ":"), default=float)}' for k, v in sorted(unconfirmed.items()))
        f.write('{\n' + body + '\n}\n')
    print(f'{len(unconfirmed)} models that only LiteLLM prices', file=sys.stderr)
    print(f'{sum(len(m) for _, m in providers)} models of {len(providers)} providers; LiteLLM: {counts}', file=sys.stderr)


if __name__ == '__main__':
    main()
