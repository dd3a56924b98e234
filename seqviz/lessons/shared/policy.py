"""Which Transformers the operator of a server lets its readers open, besides the embedded one."""

import logging
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

log = logging.getLogger(__name__)

SETTING = "SEQVIZ_MODELS"

# What a proxy adds to a request. A reader who forges one of these only loses by it.
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@dataclass(frozen=True)
class Policy:
    """Whether folders of the server may be opened, any model of the hub, or only those of these ids."""

    folders: bool
    hub: bool
    ids: tuple[str, ...] = ()


def policy() -> Policy:
    """What SEQVIZ_MODELS allows; where it is not set, everything to who sits at this machine, else nothing."""
    setting = os.environ.get(SETTING)
    if setting is not None:
        return _read(setting)
    is_local = _is_local()
    return Policy(folders=is_local, hub=is_local)


@lru_cache(maxsize=1)
def _read(setting: str) -> Policy:
    """Words between spaces or commas: `folders`, `hub` for any id, owner/name for this id, `embedded` for no more."""
    words = re.findall(r"[^\s,]+", setting)
    ids = tuple(word for word in words if "/" in word)
    if unknown := set(words) - {"embedded", "folders", "hub"} - set(ids):
        log.warning("%s names %s, which is none of: embedded, folders, hub, owner/name", SETTING, sorted(unknown))
    return Policy("folders" in words, "hub" in words, ids)


def _is_local() -> bool:
    """Whether the reader sits at this machine; in doubt, not.

    Behind a proxy on the same machine everybody seems to, so what proxies and browsers say besides must agree.
    """
    headers = st.context.headers
    hosts = (f"//{headers.get('Host', 'localhost')}", headers.get("Origin", "//localhost"))
    return (
        _is_this_machine(st.context.ip_address or "localhost")  # None is how Streamlit says 127.0.0.1 and ::1
        and _is_this_machine(st.get_option("server.address") or "localhost")
        and all(_is_this_machine(_name(host)) for host in hosts)
        and not any(name in headers for name in _FORWARDED)
    )


def _name(address: str) -> str:
    """The host of //host:port or of a whole address; nothing where it is neither."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_this_machine(host: str) -> bool:
    try:
        # Where it listens on everything, Streamlit sees 127.0.0.1 as ::ffff:127.0.0.1.
        return host == "localhost" or ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False
