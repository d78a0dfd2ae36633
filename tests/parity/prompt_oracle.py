# SPDX-License-Identifier: Apache-2.0
"""A1111's prompts as generating.md 2.3 describes them: schedules, parts, weights, chunks. A second way, to hold core/text against.

Facts from AUTOMATIC1111/stable-diffusion-webui 1.10 (grammar, documented examples, the order of its rules); written anew, and in another
way than core/text: groups are found here by parsing every balanced stretch with lark, weights are folded from the brackets around an item.
Needs: lark. Used by make_prompt_goldens.py.
"""
import math
import re

import lark

# One bracket with all that is in it. A colon or bar stands only where a rule has one.
GROUP = lark.Lark(r"""
start: group
?group: round | square | schedule | alternation
!round: "(" inside ")" | "(" inside ":" inside ")"
!square: "[" inside "]"
schedule: "[" (inside ":")? inside ":" WHEN "]"
alternation: "[" inside ("|" inside)+ "]"
inside: (group | TEXT)*
TEXT: /(?:\\.|[^\\\[\]():|])+/
WHEN: /\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*/
""", parser="earley", ambiguity="resolve")

EXTRA = re.compile(r"<(\w+):([^>]+)>")
AND = re.compile(r"\bAND\b")
PART_WEIGHT = re.compile(r"\s*:\s*([-+]?(?:[0-9]+\.?|[0-9]*\.[0-9]+))\s*\Z")
BREAK = re.compile(r"\s*\bBREAK\b\s*")
CLOSING = {"(": ")", "[": "]"}


def closing_bracket(text, begin):
    """Where the bracket at `begin` closes with everything in it balanced; None where it does not."""
    expected, i = [], begin
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 1
        elif c in CLOSING:
            expected.append(CLOSING[c])
        elif c in ")]":
            if expected.pop() != c:
                return None
            if not expected:
                return i
        i += 1
    return None


def top_level(text):
    """The text as strings and trees; None where the grammar has no reading of it."""
    pieces, i = [], 0
    while i < len(text):
        c = text[i]
        if c in CLOSING and (end := closing_bracket(text, i)) is not None:
            try:
                pieces.append(GROUP.parse(text[i:end + 1]).children[0])
                i = end + 1
                continue
            except lark.exceptions.LarkError:
                pass
        if c == "|":
            return None
        if c == "\\":
            if i + 1 == len(text) or text[i + 1] == "\n":
                return None
            pieces.append(text[i:i + 2])
            i += 2
            continue
        pieces.append(c)
        i += 1
    return pieces


def change_step(when, steps, first_pass):
    value = float(when)
    if "." in when:
        value = (value - (1.0 if first_pass is not None else 0.0)) * steps
    else:
        value -= first_pass or 0
    return int(min(float(steps), max(value, -1.0)))


def render(node, step, steps, first_pass):
    if isinstance(node, str):
        return str(node)
    children = [child for child in node.children]
    if node.data == "schedule":
        *texts, when = children
        before, after = texts if len(texts) == 2 else (None, texts[0])
        chosen = before if step <= change_step(str(when), steps, first_pass) else after
        return render(chosen, step, steps, first_pass) if chosen is not None else ""
    if node.data == "alternation":
        return render(children[(step - 1) % len(children)], step, steps, first_pass)
    return "".join(render(child, step, steps, first_pass) for child in children)


def schedule(text, steps, first_pass=None):
    """[[until step, text], …]"""
    pieces = top_level(text)
    if pieces is None:
        return [[steps, text]]
    until = {steps}
    for piece in pieces:
        if isinstance(piece, str):
            continue
        until |= {step for node in piece.find_data("schedule")
                  if (step := change_step(str(node.children[-1]), steps, first_pass)) >= 1}
        if next(piece.find_data("alternation"), None) is not None:
            until |= set(range(1, steps + 1))
    return [[step, "".join(render(piece, step, steps, first_pass) for piece in pieces)] for step in sorted(until)]


def tags(prompt):
    """The prompt without <kind:arguments>, and those."""
    found = []

    def take(match):
        positional, named = [], {}
        for argument in match[2].split(":"):
            key, equals, value = argument.partition("=")
            if equals and "=" not in value:
                named[key] = value
            else:
                positional.append(argument)
        text = float(named.get("te", positional[1] if len(positional) > 1 else 1.0))
        unet = float(named.get("unet", positional[2] if len(positional) > 2 else text))
        found.append([match[1], positional[0] if positional else "", text, unet])
        return ""
    return EXTRA.sub(take, prompt), found


def parts(prompt, steps, first_pass=None, negative=False):
    """[{"weight", "schedule"}], one for each text between ANDs."""
    if negative:
        return [{"weight": 1.0, "schedule": schedule(prompt, steps, first_pass)}]
    result = []
    for text in AND.split(prompt):
        match = PART_WEIGHT.search(text)
        weight = float(match[1]) if match else 1.0
        text = text[:match.start()] if match else text.rstrip()
        result.append({"weight": weight, "schedule": schedule(text, steps, first_pass)})
    return result


def text_of_call(entries, call):
    """Index of the text for a model call, counted from 0."""
    return next((i for i, (until, _) in enumerate(entries) if call <= until), len(entries) - 1)


SCAN = re.compile(r"""(?P<escape>\\[()\[\]\\]?) | (?P<open>[(\[]) | :\s*(?P<weight>[+-]?[.0-9]+)\s*\) | (?P<close>[)\]])
                      | (?P<words>[^\\()\[\]:]+) | (?P<colon>:)""", re.X)


def weights(text):
    """[[text, weight], …]"""
    items = []     # [text, weight without brackets]
    brackets = []  # (first item, behind the last, factor), in the order in which they close
    waiting = {"(": [], "[": []}

    def close(kind, factor):
        brackets.append((waiting[kind].pop(), len(items), factor))

    for match in SCAN.finditer(text):
        if match["escape"]:
            items.append([match[0][1:], 1.0])
        elif match["open"]:
            waiting[match[0]].append(len(items))
        elif match["weight"] is not None and waiting["("] and is_number(match["weight"]):
            close("(", float(match["weight"]))
        elif match["close"] == ")" and waiting["("]:
            close("(", 1.1)
        elif match["close"] == "]" and waiting["["]:
            close("[", 1 / 1.1)
        elif match["words"]:
            for i, words in enumerate(BREAK.split(match[0])):
                items += [["BREAK", -1.0]] if i > 0 else []
                items.append([words, 1.0])
        elif match["weight"] is not None and waiting["("]:  # a bracket that closes after what only looks like a weight
            items.append([match[0][:-1], 1.0])
            close("(", 1.1)
        else:
            items.append([match[0], 1.0])
    for kind, factor in (("(", 1.1), ("[", 1 / 1.1)):
        brackets += [(first, len(items), factor) for first in waiting[kind]]
    joined = []
    for index, (words, weight) in enumerate(items):
        for first, behind, factor in brackets:
            if first <= index < behind:
                weight *= factor
        if joined and joined[-1][1] == weight:
            joined[-1][0] += words
        else:
            joined.append([words, weight])
    return joined or [["", 1.0]]


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def chunks(items, encode, comma, embeddings=(), backtrack=20):
    """Chunks as lists of tokens (id, weight) with places of embeddings, and the count of tokens.

    encode      text -> ids
    embeddings  [(name, vectors)]; their names are found by ids, the longest first
    """
    known = sorted(((encode(name), vectors, index) for index, (name, vectors) in enumerate(embeddings)), key=lambda e: -len(e[0]))
    done, open_chunk, count = [], {"tokens": [], "embeddings": []}, 0

    def close(last=False):
        nonlocal open_chunk, count
        count += len(open_chunk["tokens"]) if last else 75
        done.append(open_chunk)
        open_chunk = {"tokens": [], "embeddings": []}

    last_comma = None
    for text, weight in items:
        if text == "BREAK" and weight == -1:
            close()
            last_comma = None
            continue
        ids, at = encode(text), 0
        while at < len(ids):
            match = next(((len(name), vectors, index) for name, vectors, index in known if ids[at:at + len(name)] == name), None)
            used = len(open_chunk["tokens"])
            if ids[at] == comma and match is None:
                last_comma = used
            elif backtrack and used == 75 and last_comma is not None and used - last_comma <= backtrack:
                full, kept = open_chunk, last_comma + 1
                open_chunk = {"tokens": full["tokens"][:kept], "embeddings": [e for e in full["embeddings"] if e[0] < kept]}
                close()
                open_chunk["tokens"] = full["tokens"][kept:]
                open_chunk["embeddings"] = [[place - kept, *rest] for place, *rest in full["embeddings"] if place >= kept]
                last_comma = None
            if len(open_chunk["tokens"]) == 75:
                close()
                last_comma = None
            if match is None:
                open_chunk["tokens"].append((ids[at], weight))
                at += 1
                continue
            length, vectors, index = match
            if len(open_chunk["tokens"]) + vectors > 75:
                close()
                last_comma = None
            open_chunk["embeddings"].append([len(open_chunk["tokens"]), index, vectors])
            open_chunk["tokens"] += [(0, weight)] * vectors
            at += length
    if open_chunk["tokens"] or not done:
        close(last=True)
    return done, count


def room(count):
    return math.ceil(max(count, 1) / 75) * 75
