"""How the two tiny Transformers are made that copy, or cannot: rows of random symbols in which a piece comes again."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqviz.models.card import InductionCard
from seqviz.models.checkpoint import FOLDER, written
from seqviz.training.loop import fit
from seqviz.training.ship import OF_SEEDS, SEEDS, compare, first

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

UNKNOWN = "[UNK]"  # stands for every other character, and is trained on like any symbol
SYMBOLS = (UNKNOWN, *"abcdefghijklmnopqrstuvwxyzñ0123456789 .,:!?¿¡'-")
LENGTH, BATCH = 96, 32  # symbols of a row, which is also the most that is read; rows
PIECE, BETWEEN = (4, 20), (0, 10)  # symbols of the piece that comes again, and of what stands between
WIDTH, HEADS, FEED_FORWARD = 32, 1, 1  # a Llama has a feed-forward layer; of one unit it is as good as none
TESTED = 16  # different symbols, then the same again
STEPS, EVERY = 600, 25  # the curve has a point at 0 and after so many steps each


def rows(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Symbols (count, LENGTH), and bool alike: whether the next one goes on with a piece that was there before.

    Each row has a piece of its own, of symbols that differ, again and again; all that stands between is random. The
    first symbol of a copy cannot be known.
    """
    symbols = torch.randint(len(SYMBOLS), (count, LENGTH), generator=generator)
    known = torch.zeros(count, LENGTH, dtype=torch.bool)

    def between(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    for row, goes_on in zip(symbols, known, strict=True):
        piece = torch.randperm(len(SYMBOLS), generator=generator)[: between(*PIECE)]
        first = at = between(*BETWEEN)
        while at < LENGTH:
            end = min(at + len(piece), LENGTH)
            row[at:end] = piece[: end - at]
            goes_on[at : end - 1] = at > first
            at = end + between(*BETWEEN)
    return symbols, known


def new_model(layers: int) -> "LlamaForCausalLM":
    """A causal Transformer with rotary positions and random weights, drawn from torch's generator."""
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=len(SYMBOLS),
        hidden_size=WIDTH,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        max_position_embeddings=LENGTH,
        initializer_range=0.1,  # the usual 0.02 is for wide layers: these would hardly begin to learn
        bos_token_id=None,
        eos_token_id=None,
    )
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager")  # which shows its weights


def train(layers: int, seed: int, steps: int = STEPS) -> tuple["LlamaForCausalLM", dict[str, list[float]]]:
    """A model trained to go on with what comes again, and its scores while it was trained."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = new_model(layers)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield rows(BATCH, generator)

    curve: dict[str, list[float]] = {"step": [], "right": [], "prefix": []}

    def note(step: int) -> None:
        found = score(model, 100)
        curve["step"].append(step)
        curve["right"].append(found["right"])
        curve["prefix"].append(max(map(max, found["prefix"])))

    note(0)
    for step, _ in enumerate(fit(model, batches(), _loss, steps, rate=5e-3), start=1):
        if step % EVERY == 0:
            note(step)
    return model, curve


def _loss(model: "LlamaForCausalLM", symbols: Tensor, known: Tensor) -> Tensor:
    """What is asked is only what can be known."""
    logits = model(symbols, use_cache=False).logits
    return cross_entropy(logits[:, :-1][known[:, :-1]], symbols[:, 1:][known[:, :-1]])


@torch.no_grad()
def score(model: "LlamaForCausalLM", count: int = 500) -> dict[str, Any]:
    """How a model reads rows of TESTED different symbols that come twice, and what its heads do there.

    right     share of the second copy that is the most likely next symbol; the first symbol of it is not asked
    prefix    prefix-matching score of each head, (L, H): the mean weight that a symbol of the second copy gives to the
              symbol after its first occurrence (Olsson et al. 2022)
    previous  the mean weight that a symbol gives to the one before it, (L, H)
    """
    generator = torch.Generator().manual_seed(10_000)
    piece = torch.rand(count, len(SYMBOLS), generator=generator).argsort(dim=1)[:, :TESTED]
    symbols = piece.repeat(1, 2)
    output = model(symbols, output_attentions=True, use_cache=False)
    found = output.logits[:, TESTED:-1].argmax(dim=2) == piece[:, 1:]
    weights = torch.stack(output.attentions).mean(dim=1)  # (L, H, 2·TESTED, 2·TESTED)
    prefix = weights.diagonal(1 - TESTED, dim1=2, dim2=3)[..., 1:]  # query t, key t − TESTED + 1
    return {
        "right": round(found.double().mean().item(), 4),
        "prefix": _rounded(prefix.mean(dim=2)),
        "previous": _rounded(weights.diagonal(-1, dim1=2, dim2=3).mean(dim=2)),
    }


def _rounded(scores: Tensor) -> list[list[float]]:
    return [[round(score, 3) for score in layer] for layer in scores.tolist()]


def new_tokenizer() -> "PreTrainedTokenizerFast":
    """Cuts a text into its characters: small letters, no accents but the ñ, which is a letter of its own."""
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import NFC, NFD, Lowercase, Replace, Sequence
    from tokenizers.pre_tokenizers import Split
    from transformers import PreTrainedTokenizerFast

    symbols = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    tokenizer = Tokenizer(WordLevel(symbols, UNKNOWN))
    accents = Regex("\\p{M}(?<!n\u0303)")  # each mark, but not the tilde of an n
    tokenizer.normalizer = Sequence([NFD(), Lowercase(), Replace(accents, ""), NFC()])
    tokenizer.pre_tokenizer = Split(Regex("(?m)."), "isolated")  # in this dialect, so the dot takes a new line too
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token=UNKNOWN, clean_up_tokenization_spaces=False)


def make(layers: int, folder: Path = FOLDER) -> InductionCard:
    """Train with every seed and ship the first one; returns its card."""
    card = InductionCard(
        name=f"induction-{layers}",
        task="copy: go on with what came after the same symbol before",
        data=f"seqviz/training/induction.py: rows of {LENGTH} random symbols in which a piece of {PIECE[0]} to "
        f"{PIECE[1]} different ones comes again, with up to {BETWEEN[1]} between; the loss is on the copies. Scores "
        f"are of new rows: {TESTED} different symbols, then the same again",
        seed=SEEDS[0],
        rule=f"the first {OF_SEEDS}",
        date="2026-11-29",
        family="llama",
        layers=layers,
        heads=HEADS,
        width=WIDTH,
        feed_forward=FEED_FORWARD,
        parameters=0,  # until it is trained
        symbols="".join(SYMBOLS[1:]),
        longest=LENGTH,
        curves={},
    )
    card, trained = compare(card, partial(train, layers), lambda found: score(found[0]), first)
    model, curves = trained[card.seed][0], {str(seed): curve for seed, (_, curve) in trained.items()}
    card = replace(card, parameters=model.num_parameters(), curves=curves)
    _write(model, card, folder)
    return card


def _write(model: "LlamaForCausalLM", card: InductionCard, folder: Path) -> None:
    """A folder as transformers reads it and, beside it, the card with the sum of its weights."""
    weights = save({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, {"format": "pt"})
    into = folder / card.name
    new_tokenizer().save_pretrained(into)
    (into / "config.json").write_text(model.config.to_json_string(), encoding="utf-8")
    (into / "model.safetensors").write_bytes(weights)
    (folder / f"{card.name}.json").write_bytes(written(replace(card, sha256=hashlib.sha256(weights).hexdigest())))
