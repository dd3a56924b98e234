"""A tiny random model of every family, with a tokenizer of its own kind: no file, no network, the same on every run."""

import random
import re
from functools import cache

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

POSITIONS = 128
"""The longest text that each model with learned positions reads, in tokens."""

ENCODERS = ("bert", "roberta", "distilbert", "electra", "albert", "modernbert", "deberta_v2", "mpnet")
DECODERS = ("gpt2", "gpt_neox", "opt", "llama", "qwen3", "gemma2", "bloom", "gpt_neo")
ENCODER_DECODERS = ("t5", "bart", "marian")
FAMILIES = ENCODERS + DECODERS + ENCODER_DECODERS
HIDDEN = ("bloom", "deberta_v2", "mpnet", "gpt_neo")
"""The families whose q, k and v cannot be seen."""

TEXT = """
The cat did not cross the street because it was too tired. The dog saw the cat and the street was wide.
She was not tired because she slept. It is good, it is bad, it is not so bad. We believe what we see: unbelievable!
El gato no cruzó la calle porque estaba cansado. La niña comió mañana, ¿qué pasó? El perro durmió en la calle.
One two three four five six seven eight nine ten; state-of-the-art (really) "quoted" don't won't it's.
"""


@cache
def model(family: str):
    """The family's model in eval mode: the base model of an encoder, else the one that predicts words. Only read it."""
    words = tokenizer(family)
    size = {"vocab_size": len(words), "num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 4}
    size |= {"intermediate_size": 48, "max_position_embeddings": POSITIONS}
    ids = {"pad_token_id": words.pad_token_id, "bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id}
    ids |= {"cls_token_id": words.cls_token_id, "sep_token_id": words.sep_token_id}
    of_two = {"d_model": 32, "vocab_size": len(words), "max_position_embeddings": POSITIONS, "d_kv": 8, "d_ff": 48}
    for side in ("encoder", "decoder"):
        of_two |= {f"{side}_layers": 2, f"{side}_attention_heads": 4, f"{side}_ffn_dim": 48}
    own = {
        "roberta": {"max_position_embeddings": POSITIONS + words.pad_token_id + 1},
        "mpnet": {"max_position_embeddings": POSITIONS + words.pad_token_id + 1},
        "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
        "albert": {"embedding_size": 16},
        "modernbert": {"num_hidden_layers": 3, "local_attention": 8, "global_attn_every_n_layers": 3},
        "deberta_v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
        "gpt2": {"scale_attn_by_inverse_layer_idx": True},
        "gpt_neo": {"num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]], "window_size": 4},
        "opt": {"ffn_dim": 48, "word_embed_proj_dim": 32},
        "llama": {"num_key_value_heads": 2},
        "qwen3": {"num_key_value_heads": 1, "head_dim": 12},
        "gemma2": {"num_key_value_heads": 2, "head_dim": 8, "sliding_window": 4, "attn_logit_softcapping": 2.0},
        "t5": {"num_layers": 2, "num_heads": 4, "decoder_start_token_id": words.pad_token_id},
        "bart": {"decoder_start_token_id": words.eos_token_id},
        "marian": {"decoder_start_token_id": words.pad_token_id},
    }
    if family in ENCODER_DECODERS:
        size = of_two
    config = transformers.AutoConfig.for_model(family.replace("_v2", "-v2"), **size | ids | own.get(family, {}))
    kind = "AutoModel" if family in ENCODERS else "AutoModelForCausalLM"
    kind = "AutoModelForSeq2SeqLM" if family in ENCODER_DECODERS else kind
    torch.manual_seed(0)
    made = getattr(transformers, kind).from_config(config).eval()
    for parameter in made.parameters():  # livelier than at the start of training: weights far from uniform, biases too
        torch.nn.init.normal_(parameter, parameter.mean().item(), 0.25)
    return made


@cache
def tokenizer(family: str) -> PreTrainedTokenizerFast:
    """The family's kind of tokenizer, with its special tokens."""
    made = _TOKENIZERS[family](family)
    types = ["token_type_ids"] if family in ("bert", "electra", "albert", "deberta_v2") else []
    made.model_input_names = ["input_ids", *types, "attention_mask"]
    return made


def _word_piece(family: str) -> PreTrainedTokenizerFast:
    """BERT's uncased WordPiece."""
    made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    begin, end = ("<s>", "</s>") if family == "mpnet" else ("[CLS]", "[SEP]")
    pad = "<pad>" if family == "mpnet" else "[PAD]"
    letters, words = _pieces(made.normalizer.normalize_str(TEXT))
    pieces = ["[UNK]", pad, begin, end, "[MASK]", *letters, *(f"##{letter}" for letter in letters), *words]
    pieces += ["un", "##believ", "##able"]
    made.model = models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]")
    return _wrapped(made, f"{begin} $A {end}", f"{begin} $A {end} $B:1 {end}:1", "[UNK]", pad, begin, end)


def _byte_level(family: str) -> PreTrainedTokenizerFast:
    made = tokenizers.Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC() if family in ("qwen3", "modernbert") else None
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    begin, end = ("[CLS]", "[SEP]") if family == "modernbert" else ("<s>", "</s>")
    specials = [begin, "<pad>", end, "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=440, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    _train(made, trainer)
    if family in DECODERS:
        return _wrapped(made, f"{end} $A" if family == "opt" else "$A", None, None, "<pad>", begin, end)
    two = f"{begin} $A {end} $B:1 {end}:1" if family == "modernbert" else f"{begin} $A {end} {end} $B {end}"
    return _wrapped(made, f"{begin} $A {end}", two, None, "<pad>", begin, end)


def _unigram(family: str) -> PreTrainedTokenizerFast:
    """SentencePiece's Unigram over Metaspace, as T5, Marian, ALBERT and DeBERTa use it."""
    made = tokenizers.Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    begin, end = ("[CLS]", "[SEP]") if family in ENCODERS else (None, "</s>")
    specials = ["<pad>", "<unk>", end, *([begin] if begin else [])]
    letters, words = _pieces(TEXT)
    scores = dict.fromkeys(specials, 0.0) | dict.fromkeys(["▁", *letters], -10.0)
    scores |= {f"▁{word}": -8.0 for word in words} | dict.fromkeys(("un", "believ", "able"), -9.0)
    made.model = models.Unigram(list(scores.items()), unk_id=1)
    if begin is None:
        return _wrapped(made, f"$A {end}", f"$A {end} $B {end}", "<unk>", "<pad>", None, end)
    two = f"{begin} $A {end} $B:1 {end}:1"
    return _wrapped(made, f"{begin} $A {end}", two, "<unk>", "<pad>", begin, end)


def _byte_fallback(family: str) -> PreTrainedTokenizerFast:
    """SentencePiece's BPE, unknown characters as bytes, as Llama 2 and Gemma use it."""
    made = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    prepend = [normalizers.Prepend("▁")] if family == "llama" else []
    made.normalizer = normalizers.Sequence([*prepend, normalizers.Replace(" ", "▁")])
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    specials = ["<pad>", "<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words = [pre_tokenizers.Split("▁", "merged_with_next"), pre_tokenizers.Punctuation()]
    made.pre_tokenizer = pre_tokenizers.Sequence(words)  # while it learns: no piece goes over the end of a word
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=specials, show_progress=False, max_token_length=8)
    _train(made, trainer)
    made.pre_tokenizer = pre_tokenizers.Sequence([])
    return _wrapped(made, "<s> $A", None, "<unk>", "<pad>", "<s>", "</s>")


def _pieces(text: str) -> tuple[list[str], list[str]]:
    """The characters and the shorter words of a text: the trainers of WordPiece and Unigram depend on hash seeds."""
    words = {word for word in re.findall(r"\w+", text) if 1 < len(word) < 8}
    return sorted(set(text) - set(" \n")), sorted(words)


def _train(made: tokenizers.Tokenizer, trainer) -> None:
    lines = TEXT.strip().splitlines()
    made.train_from_iterator(random.Random(0).choices(lines, k=40) + lines, trainer)


def _wrapped(made, one, two, unknown, pad, begin, end) -> PreTrainedTokenizerFast:
    """As transformers hands it out, with the special tokens that the templates of one and two sentences name."""
    names = [name for name in (begin, end) if name]
    ids = [(name, made.token_to_id(name)) for name in names]
    made.post_processor = processors.TemplateProcessing(single=one, pair=two or "$A $B:1", special_tokens=ids)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=int(1e30),
        unk_token=unknown,
        pad_token=pad,
        bos_token=begin,
        eos_token=end,
        cls_token=begin,
        sep_token=end,
    )


_TOKENIZERS = dict.fromkeys(("bert", "distilbert", "electra", "mpnet"), _word_piece)
_TOKENIZERS |= dict.fromkeys(("albert", "deberta_v2", "t5", "marian"), _unigram)
_TOKENIZERS |= dict.fromkeys(("llama", "gemma2"), _byte_fallback)
_TOKENIZERS |= {family: _byte_level for family in FAMILIES if family not in _TOKENIZERS}
