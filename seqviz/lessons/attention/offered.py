"""What an address may ask for, where a text or a model offers only some of it."""

from collections.abc import Callable, Sequence

from seqviz.frame.state import one_of


def or_first(offered: Sequence[str], known: Sequence[str]) -> Callable[[str], str]:
    """Accept what is known; what this text or model does not offer becomes the first that it does."""
    return lambda raw: raw if one_of(known)(raw) in offered else offered[0]
