"""What every attention of a Transformer is given and gives, while it runs, on a model that threads share.

transformers computes attention by a function whose name stands in the model's config. Ours calls the family's own eager
one and hands what went in and out to the sink of its thread; without a sink it does what the model did before. Forward
hooks would see the passes of all threads.
"""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

NAME = "seqviz"


@dataclass(frozen=True)
class Call:
    """One attention of one layer, for a batch of B texts."""

    module: nn.Module
    q: Tensor  # (B, H, Tq, d)
    k: Tensor  # (B, H_kv, Tk, d)
    v: Tensor  # (B, H_kv, Tk, d)
    mask: Tensor | None  # added to the scores, broadcast to (B, H, Tq, Tk)
    scale: float
    cap: float | None
    bias: Tensor | None  # broadcast to (B, H, Tq, Tk)
    weights: Tensor  # (B, H, Tq, Tk)


@dataclass
class Sink:
    """The calls of one forward pass, in their order, and what is to be silent in them."""

    silenced: Collection[tuple[int, int, int]] = ()
    calls: list[Call] = field(default_factory=list)


@dataclass
class _Loan:
    """A config whose attention is ours while anybody traces with it."""

    config: "PreTrainedConfig"
    own: str | None  # the name of its own attention
    users: int = 0


_SINK: ContextVar[Sink | None] = ContextVar("seqviz_sink", default=None)
_LOANS: dict[int, _Loan] = {}  # by the id of the config
_LOCK = Lock()


@contextmanager
def capture(model: "PreTrainedModel", silenced: Collection[tuple[int, int, int]] = ()) -> Iterator[Sink]:
    """Collect every attention that this thread runs in this model.

    silenced  (text of the batch, layer, head), from 0, whose output is set to zero before the output projection;
              layers are counted as they run

    A family with an attention all its own runs as always, and nothing is collected.
    """
    from transformers import PreTrainedModel

    _register()
    models = (module for module in model.modules() if isinstance(module, PreTrainedModel))
    configs = {id(part.config): part.config for part in models if part._can_set_attn_implementation()}
    with _LOCK:
        for key, config in configs.items():
            _LOANS.setdefault(key, _Loan(config, config._attn_implementation)).users += 1
            config._attn_implementation_internal = NAME
    token = _SINK.set(sink := Sink(silenced))
    try:
        yield sink
    finally:
        _SINK.reset(token)
        with _LOCK:
            for key, config in configs.items():
                _LOANS[key].users -= 1
                if not _LOANS[key].users:
                    config._attn_implementation_internal = _LOANS.pop(key).own


@cache
def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, eager_mask)


def _attend(module: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, **options: Any) -> tuple[Tensor, Any]:
    sink = _SINK.get()
    if sink is None:
        return _own(module)(module, q, k, v, mask, **options)
    if torch.is_grad_enabled() and not q.requires_grad:
        q.requires_grad_()  # in a frozen model all that can be differentiated begins here
    output, weights = _eager(module)(module, q, k, v, mask, **options)
    scale = options.get("scaling")
    sink.calls.append(
        Call(
            module, q, k, v, mask, q.shape[-1] ** -0.5 if scale is None else scale,
            options.get("softcap"), options.get("position_bias"), weights,
        )
    )  # fmt: skip
    for number, layer, head in sink.silenced:
        if layer == len(sink.calls) - 1 and head < output.shape[2]:
            output[number, :, head] = 0  # (B, Tq, H, d)
    return output, weights


def _eager(module: nn.Module) -> Any:
    """The eager attention of the module's family; it stands beside the module's class."""
    homes = (sys.modules[cls.__module__] for cls in type(module).__mro__)
    return next(home.eager_attention_forward for home in homes if hasattr(home, "eager_attention_forward"))


def _own(module: Any) -> Any:
    """The attention that the module would use if nobody traced it.

    Its mask may have been made for that one, before a trace began elsewhere: eager would take no mask as no causality.
    """
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    with _LOCK:
        loan = _LOANS.get(id(module.config))
        name = module.config._attn_implementation if loan is None else loan.own
    # A copy of a model made during a trace keeps our name.
    return ALL_ATTENTION_FUNCTIONS.get(name, _eager(module)) if name != NAME else _eager(module)
