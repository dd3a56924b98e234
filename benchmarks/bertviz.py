"""What BertViz's own views cost, beside which ours are measured: bytes to the browser, and seconds until painted."""

import torch
from playwright.sync_api import Browser

from benchmarks.browser import seconds_to_paint
from seqviz.figures.bertviz import model_view_of_any_length
from seqviz.traces.attention import AttentionPart


def head_view_bytes(part: AttentionPart, layer: int) -> int:
    """BertViz's head view of one layer, as BertViz writes it, without the libraries that it fetches."""
    from bertviz import head_view

    weights, tokens = [torch.from_numpy(part.weights[layer : layer + 1])], list(part.query_tokens)
    return len(head_view(weights, tokens, html_action="return").data.encode())


def model_view_bytes(part: AttentionPart) -> int:
    """BertViz's model view, as BertViz writes it, without the libraries that it fetches."""
    from bertviz import model_view

    weights, tokens = list(torch.from_numpy(part.weights).unsqueeze(1)), list(part.query_tokens)
    return len(model_view(weights, tokens, html_action="return").data.encode())


def model_view_seconds(part: AttentionPart, browser: Browser) -> float:
    """From the page's first byte to BertViz's model view on the screen, its data a sixth of what BertViz sends."""
    return seconds_to_paint(browser, model_view_of_any_length(part).html)
