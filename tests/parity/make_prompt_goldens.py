#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of prompts: tests/core/text/prompt_syntax_golden.jsonl, prompt_chunks_golden.jsonl and tests/core/sample/golden.

Peers: prompt_oracle.py for syntax and chunks (a second way of writing the documented rules down), transformers' CLIPTokenizer for ids and
its CLIPTextModel for states. No golden has a group directly before an unbalanced bracket or colon: there the grammar is ambiguous, and the
reference's own answer depends on lark's version and, with the version that it pins (1.1.2), on Python's hash seed.
usage: make_prompt_goldens.py
"""
import itertools
import json
import os
import random
import tempfile

import torch
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import prompt_oracle as oracle
from tokenizer_oracle import MERGES_FILE, ROOT, make_vocabulary, read_merges

SEED = 20261126
TEXT_FOLDER = ROOT / "tests" / "core" / "text"
STATES_FOLDER = ROOT / "tests" / "core" / "sample" / "golden"

# The examples that the reference documents, with its answers.
DOCUMENTED_SCHEDULES = {
    "test": [[10, "test"]],
    "a [b:3]": [[3, "a "], [10, "a b"]],
    "a [b: 3]": [[3, "a "], [10, "a b"]],
    "a [[[b]]:2]": [[2, "a "], [10, "a [[b]]"]],
    "[(a:2):3]": [[3, ""], [10, "(a:2)"]],
    "a [b : c : 1] d": [[1, "a b  d"], [10, "a  c  d"]],
    "a[b:[c:d:2]:1]e": [[1, "abe"], [2, "ace"], [10, "ade"]],
    "a [unbalanced": [[10, "a [unbalanced"]],
    "a [b:.5] c": [[5, "a  c"], [10, "a b c"]],
    "((a][:b:c [d:3]": [[3, "((a][:b:c "], [10, "((a][:b:c d"]],
    "[a|(b:1.1)]": [[i, "a" if i % 2 else "(b:1.1)"] for i in range(1, 11)],
    "[fe|]male": [[i, "female" if i % 2 else "male"] for i in range(1, 11)],
    "[fe|||]male": [[i, "female" if i % 4 == 1 else "male"] for i in range(1, 11)],
}
DOCUMENTED_HIRES = {"a [b:.5] c": [[10, "a b c"]], "a [b:1.5] c": [[5, "a  c"], [10, "a b c"]]}
DOCUMENTED_WEIGHTS = {
    "normal text": [["normal text", 1.0]],
    "an (important) word": [["an ", 1.0], ["important", 1.1], [" word", 1.0]],
    "(unbalanced": [["unbalanced", 1.1]],
    "\\(literal\\]": [["(literal]", 1.0]],
    "(unnecessary)(parens)": [["unnecessaryparens", 1.1]],
    "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).": [
        ["a ", 1.0], ["house", 1.5730000000000004], [" ", 1.1], ["on", 1.0], [" a ", 1.1], ["hill", 0.55], [", sun, ", 1.1],
        ["sky", 1.4641000000000006], [".", 1.1]],
}
LONG_EXAMPLE = ("fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6][ in background:0.25] "
                "[shoddy:masterful:0.5]")

WRITTEN = [
    "", " ", "\n", "()", "[]", "(())", "(:1.2)", "[:]", "(a:)", "(a: )", "a:1", "a :1.5", "a : 1.5 ", "a:1.5.2", "a:-2", "a:+.5", "a:.", ":2",
    "aspect ratio 16:9", "a cat AND a dog", "a cat :1.2 AND a dog :0.5 AND x:-.5", "ANDy AND bAND AND_ AND", "AND", " AND AND ", "a AND b:1 :2",
    "(a AND b)", "[a AND b:3]", "été AND 猫:.7", "aAND b", "猫AND犬", "a-AND-b", "a AND\nb:2\n", "a and b",
    "(a:1.)", "(a:.5)", "(a:+1)", "(a:-1)", "(a:1e3)", "(a:0)", "(a:-0)", "(a: 1.25 )", "(a:1 .5)", "(a:１)", "(a:1.2.3)", "(a:.)", "(a:..) b",
    "(a:1.5", "a:1.5)", "(a:1.5]", "[a:1.5)", "a)", "a]", "(a]", "[a)", "((a)", "(a))", "[[a]", "[a]]", "([a)]", "[(a])", "((((((((a))))))))",
    "[[[[[[[[a]]]]]]]]", "(a (b (c (d:2) e) f) g)", "(a:1.1)(b:1.1)", "(a)(b:1.1)[c]", "a\\", "\\", "\\\\", "\\\\\\", "\\a", "\\:", "\\(a\\:1.5\\)",
    "(a\\)", "(a\\):1.5)", "\\(a:1.5)", "a \\[b:3\\]", "[a\\:b:3]", "[a\\|b|c]", "[a:b:3\\]", "a \\\n b", "[a:3] \\", "\\é(b)",
    "BREAK", "a BREAK b", "aBREAK b", "a BREAKb", "a  BREAK\n\nb", "BREAK BREAK", "a BREAK", "BREAK a", "a, BREAK, b", "(a BREAK b)",
    "(a BREAK b:1)", "(a BREAK b:-1)", "(BREAK:-1)", "[BREAK]", "(BREAK:0)", "((BREAK:-1):-1)", "(BR:-1)(EAK:-1)", "_BREAK", "1BREAK", "éBREAK",
    "a\u3000BREAK\u00a0b", "break", "\\BREAK", "a:BREAK:b", "(a:2)BREAK(b:2)",
    "[a:b:3]", "[a:b:0]", "[a:b:1]", "[a:b:9]", "[a:b:10]", "[a:b:11]", "[a:b:100]", "[a:b:-1]", "[a:b:+4]", "[a:b:1e0]", "[a:b:1e3]",
    "[a:b:5e-1]", "[a:b:.29]", "[a:b:0.55]", "[a:b:1.]", "[a:b:1.0]", "[a:b:.05]", "[a:b:-.5]", "[a:b:+.5]", "[a:b:.]", "[a:b:3.5.5]",
    "[a:b:1e999]", "[a:b:-1e999]", "[a:b:1.e-400]", "[a:b: 3 ]", "[a:b:\n3\t]", "[a:b:3 4]", "[a:b:3x]", "[a:b:x]", "[a:b:]", "[a:b: ]",
    "[a:3]", "[:3]", "[::3]", "[a::3]", "[:b:3]", "[3:4]", "[1:2:3]", "[:1:2]", "[a:b:c:3]", "[a: :3]", "[ a : b : 3 ]x",
    "[a[b:2]:c:5]", "[a:[b:c:7]:3]", "[[a:b:2]:c:5]", "[[[a:1]:2]:3]", "[[a|b]:c:5]", "[a|[b:c:5]]", "[a|[b|c]]", "[[a|b]|[c|d]]", "[a|b|c]",
    "[|]", "[|a]", "[a|]", "[||]", "[a||b]", "[a | b ]", "[a|b]c[d|e|f]", "[a|b] [c:4]", "a | b", "a | [b:3]", "(a|b) [c:3]", "[(a|b)|c]",
    "[a:b|c:3]", "[a|b:3]", "[(a:1.3)|[b]]", "[(a:1.3):(b:0.7):4]", "[a (b) [c]:d:4]", "([a:b:4]:1.5)", "([a:b:4])", "((x [a:b:4] y):1.3)",
    "[x (a:b:3]", "[x a) b:3]", "(x [a:b:3]", "x) [a:b:3]", "x] [a:b:3]", "[[a:b:3] x", "[a:b:3] [", "[a:b:3] x]", "(a:b:[c:3] )", "[a:b:(c):3]",
    "[a:(b:c:d):3]", "[a:b:c:[d:3] ]", "[日本:猫:.5] é [ü|ö]", "[\u3000a:b:\u30003\u00a0]", "[a\nb:c\nd:.5]", LONG_EXAMPLE,
    "a [b:c:3] AND d [e|f] :.5 AND [g:.5]:2", "[a:b:.5]:1.5",
    "<lora:style:0.8> a cat", "a <lora:x> cat<lora:y:1:0.5>", "<lora:z:te=0.5:unet=0.7>, b", "<hypernet:h:1.1> (a:1.2)", "[<lora:a:1>:3]",
    "<lora:a b-c_d.e:.5>", "<lora:>", "<lora>", "<:x>", "< lora:x:1>", "a < b : c > d", "<lora:x:1", "<<lora:x:1>>", "<lora:x:1> AND <lyco:y:2>",
    "<été:x:1>", "<lora:x:1>\n<lora:x:2>", "(a<lora:q:1>:1.3)",
    "masterpiece, best quality, (1girl:1.2), [red|blue] hair, (looking at viewer:0.9), outdoors BREAK (sunset:1.1), [clouds::0.6]",
    "((masterpiece)), (((ultra-detailed))), [bad anatomy], portrait of a \\(fictional\\) person, 8k",
    "oil painting of a [cat:dog:0.4] in the [style of x|style of y], (vivid colors:1.15)",
]

ATOMS = ["a", "b ", "cat", ", ", "the ", "(", ")", "[", "]", ":", "|", "\\(", "\\)", "\\\\", " ", "1", ".5", "1.", "-1", "+1", "1e3", " 2 ",
         ":3]", ":.5]", ":7 ]", "(x:1.3)", "(y)", "[z]", "[a|b]", "[c|d|]", "[u:v:4]", "[w:.3]", " AND ", " BREAK ", ":1.2", "é", "日本", "\n", "_"]


def is_ambiguous(prompt, negative=False):
    """Whether a schedule or alternation stands directly before a bracket or colon that is part of no group."""
    def depends_on_step(piece):
        return not isinstance(piece, str) and any(True for name in ("schedule", "alternation") for _ in piece.find_data(name))
    tagless = oracle.tags(prompt)[0]
    texts = [tagless] if negative else [oracle.PART_WEIGHT.sub("", text) for text in oracle.AND.split(tagless)]
    pieces = [oracle.top_level(text) or [] for text in texts]
    return any(depends_on_step(a) and isinstance(b, str) and b in "()[]:" for part in pieces for a, b in zip(part, part[1:]))


def syntax_case(prompt, steps=10, first_pass=None, negative=False):
    tagless, tags = oracle.tags(prompt)
    parts = oracle.parts(tagless, steps, first_pass, negative)
    for part in parts:
        part["calls"] = [oracle.text_of_call(part["schedule"], call) for call in range(steps)]
    texts = dict.fromkeys(text for part in parts for _, text in part["schedule"])
    case = {"prompt": prompt, "steps": steps, "parts": parts, "weights": [oracle.weights(text) for text in texts]}
    return case | ({"first_pass": first_pass} if first_pass is not None else {}) | ({"negative": True} if negative else {}) \
        | ({"tags": tags} if tags else {})


def write_lines(path, cases):
    path.write_text("".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n" for case in cases), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(cases)} cases, {path.stat().st_size} bytes")


def write_syntax():
    for prompt, expected in DOCUMENTED_SCHEDULES.items():
        assert oracle.schedule(prompt, 10) == expected, prompt
    for prompt, expected in DOCUMENTED_HIRES.items():
        assert oracle.schedule(prompt, 10, 10) == expected, prompt
    for prompt, expected in DOCUMENTED_WEIGHTS.items():
        assert oracle.weights(prompt) == expected, prompt
    rng = random.Random(SEED)
    cases = [syntax_case(prompt) for prompt in [*DOCUMENTED_SCHEDULES, *DOCUMENTED_WEIGHTS, *WRITTEN]]
    cases += [syntax_case(prompt, 10, 10) for prompt in DOCUMENTED_HIRES]
    cases += [syntax_case(prompt, steps) for prompt in (LONG_EXAMPLE, "[a|b|c] [d:e:.29]", "[a:b:1]") for steps in (1, 2, 37, 100)]
    cases += [syntax_case(prompt, 7, 20) for prompt in (LONG_EXAMPLE, "[a:b:1.5]", "[a:b:25]", "[a:b:1.]", "[a:b:.9]", "[a:b:20]", "[a|b]")]
    cases += [syntax_case(prompt, 5, None, True) for prompt in ("a AND b:2 ", "[a:b:3] :2", "(x) AND [y|z]")]
    while len(cases) < 520:
        prompt = "".join(rng.choice(ATOMS) for _ in range(rng.randint(2, 14)))
        negative = rng.random() < 0.1
        if not is_ambiguous(prompt, negative):
            cases.append(syntax_case(prompt, rng.choice([1, 4, 10]), rng.choice([None, None, None, 6]), negative))
    assert not (odd := [case["prompt"] for case in cases if is_ambiguous(case["prompt"], "negative" in case)]), odd
    write_lines(TEXT_FOLDER / "prompt_syntax_golden.jsonl", cases)


def make_tokenizer():
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = os.path.join(folder, "vocab.json")
        with open(vocabulary, "w", encoding="utf-8") as file:
            json.dump(make_vocabulary(read_merges()), file)
        return CLIPTokenizer(vocabulary, str(MERGES_FILE))


def text_of(rng, tokens, comma_every):
    words = ["cat", "red", "house", "sunset", "portrait", "detailed", "oil painting", "extraordinarily", "猫", "été", "8k", "misty forest"]
    parts = []
    for _ in range(tokens):
        word = rng.choice(words)
        parts.append(f"({word}:{rng.choice(['1.2', '0.5', '1.05'])})" if rng.random() < 0.15 else word)
        parts.append(", " if rng.random() < comma_every else " ")
    return "".join(parts)


def chunk_case(tokenizer, prompt, embeddings=(), backtrack=20):
    def encode(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]
    chunks, count = oracle.chunks(oracle.weights(prompt), encode, encode(",")[0], embeddings, backtrack)
    case = {"prompt": prompt, "tokens": count, "room": oracle.room(count), "chunks": []}
    for chunk in chunks:
        runs = [[weight, len(list(run))] for weight, run in itertools.groupby(weight for _, weight in chunk["tokens"])]
        case["chunks"].append({"ids": [token for token, _ in chunk["tokens"]], "weight_runs": runs, "embeddings": chunk["embeddings"]})
    return case | ({"embeddings": [list(e) for e in embeddings]} if embeddings else {}) | ({"backtrack": backtrack} if backtrack != 20 else {})


def write_chunks(tokenizer):
    rng = random.Random(SEED + 1)
    embeddings = [("myface", 4), ("bad-hands-5", 8), ("myface pro", 2), ("wide", 75), ("猫風", 3)]
    cat = "cat " * 74
    prompts = ["", ",", "a photo of a cat", "BREAK", "a BREAK", "BREAK a", "a BREAK b BREAK BREAK c", cat, cat + "cat", cat + "cat cat", cat + ",",
               cat + "cat ,", cat + "cat , cat", "cat " * 54 + ", " + "cat " * 20, "cat " * 55 + ", " + "cat " * 20, "cat " * 56 + ", " + "cat " * 20,
               cat + ", cat", "cat , " * 80, "(cat , dog:1.3) " * 40, "cat " * 60 + "BREAK " + "dog , " * 90, "x" * 400, "猫 " * 120,
               "cat " * 70 + "(extraordinarily:1.4) unfathomably , hippopotamuses", "cat " * 60 + ", (dog:1.2) " + "bird " * 30]
    cases = [chunk_case(tokenizer, prompt) for prompt in prompts]
    cases += [chunk_case(tokenizer, prompt, (), backtrack) for prompt in ("cat " * 60 + ", " + "dog " * 30, "cat " * 40 + ", " + "dog " * 60)
              for backtrack in (0, 5, 40, 100)]
    cases += [chunk_case(tokenizer, text_of(rng, rng.randint(20, 180), rng.choice([0.0, 0.05, 0.3]))) for _ in range(24)]
    cases += [chunk_case(tokenizer, prompt, embeddings) for prompt in (
        "a photo of myface", "MyFace, (myface:1.2) myface", "myface pro", "(bad-hands-5:0.8)", "my face", "cat " * 73 + "myface dog",
        "cat " * 71 + "myface dog", "cat " * 60 + ", " + "myface " * 6, "wide", "a wide wide", "cat " * 70 + ", 猫風 myface BREAK bad-hands-5", "myface" * 3)]
    write_lines(TEXT_FOLDER / "prompt_chunks_golden.jsonl", cases)


STATE_CASES = [
    # name, texts with how often a schedule has them, emphasis, clip skip, mask, embeddings
    ("original", [("a (red:1.4) cat, [blurry], (sharp (focus:0.7))", 1)], "original", 1, False),
    ("no_norm", [("a (red:1.4) cat, [blurry], (sharp (focus:0.7))", 1)], "no_norm", 1, False),
    ("comfy", [("a (red:1.4) cat, [blurry], (sharp (focus:0.7))", 1)], "comfy", 1, False),
    ("none", [("a (red:1.4) cat, [blurry], (sharp (focus:0.7))", 1)], "none", 1, False),
    ("clip_skip_2", [("a (red:1.4) cat", 1)], "original", 2, False),
    ("negative_weight", [("a (red:-0.5) cat (dog:0)", 1)], "original", 1, False),
    ("two_chunks", [("cat " * 60 + ", (red house:1.3) " * 8, 1)], "original", 1, False),
    ("two_chunks_comfy", [("cat " * 60 + ", (red house:1.3) " * 8, 1)], "comfy", 2, False),
    ("schedule", [("a (red:1.4) cat", 3), ("a (red:1.4) dog BREAK sunset", 2)], "original", 1, False),
    ("masked", [("a (red:1.4) cat BREAK dog", 1)], "original", 1, True),
    ("embedding", [("a photo of (myface:1.2), cat", 1)], "original", 1, False),
    ("embedding_masked", [("cat " * 60 + ", myface " * 7, 1)], "no_norm", 1, True),
]


def states_of(model, tokenizer, case, embeddings, vectors):
    """One [1, 77 chunks, D] for each text, encoded the reference's way: chunk by chunk, all texts of the schedule as one batch."""
    _, texts, emphasis, clip_skip, masked = case

    def encode(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    def run(ids, mask, places):
        embedded = model.text_model.embeddings.token_embedding(ids)
        for row, row_places in enumerate(places):
            for place, index, count in row_places:
                embedded[row, place + 1:place + 1 + count] = vectors[index]
        # The model takes ids only: the table answers with what was put in.
        hook = model.text_model.embeddings.token_embedding.register_forward_hook(lambda *_: embedded)
        output = model(ids, attention_mask=mask if masked else None, output_hidden_states=True)
        hook.remove()
        return output.last_hidden_state if clip_skip == 1 else model.text_model.final_layer_norm(output.hidden_states[-clip_skip])

    laid_out = [oracle.chunks(oracle.weights(text), encode, encode(",")[0], embeddings)[0] for text, times in texts for _ in range(times)]
    columns = []
    for k in range(max(map(len, laid_out))):
        row_chunks = [chunks[k] if k < len(chunks) else {"tokens": [], "embeddings": []} for chunks in laid_out]
        ids = torch.full((len(row_chunks), 77), 49407)
        mask = torch.zeros(len(row_chunks), 77, dtype=torch.int64)
        weights = torch.ones(len(row_chunks), 77)
        ids[:, 0] = 49406
        for row, chunk in enumerate(row_chunks):
            for place, (token, weight) in enumerate(chunk["tokens"]):
                ids[row, place + 1], weights[row, place + 1] = token, weight
            mask[row, :len(chunk["tokens"]) + 2] = 1
        z = run(ids, mask, [chunk["embeddings"] for chunk in row_chunks])
        if emphasis == "comfy":
            empty_ids = torch.full((1, 77), 49407)
            empty_ids[0, 0] = 49406
            empty = run(empty_ids, torch.ones(1, 77), [[]])
            z = torch.where(weights.unsqueeze(-1) == 1, z, (z - empty) * weights.unsqueeze(-1) + empty)
        elif emphasis != "none":
            before = z.mean()
            z = z * weights.unsqueeze(-1)
            z = z * (before / z.mean()) if emphasis == "original" else z
        columns.append(z)
    joined = torch.cat(columns, 1)
    first_rows = [sum(times for _, times in texts[:i]) for i in range(len(texts))]
    return [joined[row:row + 1].contiguous() for row in first_rows]


def write_states(tokenizer):
    torch.manual_seed(SEED)
    config = CLIPTextConfig(vocab_size=49408, hidden_size=16, intermediate_size=32, num_hidden_layers=3, num_attention_heads=2,
                            max_position_embeddings=77, hidden_act="quick_gelu", bos_token_id=49406, eos_token_id=49407)
    model = CLIPTextModel(config).eval()
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * (0.1 if parameter.dim() == 1 else 0.5 * float(parameter.std()) + 1e-3))
    embeddings = [("myface", 3)]
    vectors = [torch.randn(3, 16, generator=generator) * 0.05]
    tensors = {"embedding.myface": vectors[0]}
    with torch.no_grad():
        for case in STATE_CASES:
            for i, states in enumerate(states_of(model, tokenizer, case, embeddings, vectors)):
                tensors[f"{case[0]}.{i}"] = states
    used = sorted({0, 49406, 49407} | {token for case in STATE_CASES for text, _ in case[1] for item, _ in oracle.weights(text)
                                       for token in tokenizer(item, add_special_tokens=False)["input_ids"]})
    table = "text_model.embeddings.token_embedding.weight"
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != table and "position_ids" not in name}
    weights |= {"rows": torch.tensor(used), "row_vectors": model.state_dict()[table][used].contiguous()}
    STATES_FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(weights, STATES_FOLDER / "text_encoder.safetensors")
    save_file(tensors, STATES_FOLDER / "prompt_states.safetensors")
    cases = [{"name": name, "texts": [{"prompt": text, "times": times} for text, times in texts], "emphasis": emphasis, "clip_skip": skip,
              "mask": mask} for name, texts, emphasis, skip, mask in STATE_CASES]
    (STATES_FOLDER / "prompt_states.json").write_text(json.dumps({"config": config.to_dict(), "cases": cases}, indent=1) + "\n")
    for path in sorted(STATES_FOLDER.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    write_syntax()
    clip_tokenizer = make_tokenizer()
    write_chunks(clip_tokenizer)
    write_states(clip_tokenizer)
