"""What can be set about the server, as one record."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields

from memory_chain.config import Settings

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Limits and switches of the server."""

    allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS
    """Names under which the server answers (the `Host` header); `*` for any."""
    mounts: tuple[str, ...] = ("proxy", "mcp", "inspector")
    """Which further faces are mounted, as far as their packages are installed."""
    max_body_bytes: int = 4 * 1024 * 1024
    """Longest body of a request, imports excepted."""
    max_import_bytes: int = 1024 * 1024 * 1024
    """Longest body of an import."""
    requests_per_second: float = 200.0
    """How many requests a second a key may make on average; 0: no limit."""
    burst: int = 400
    """How many requests a key may make at once."""
    timeout_seconds: float = 30.0
    """Longest time for one call of the memory; then 503 is answered."""
    long_timeout_seconds: float = 600.0
    """The same for what reads or writes a whole memory or waits for a model: export, import, forget, flush, rebuild,
    check, answer, chat and the like."""
    threads: int = 16
    """Quick calls of the memory at the same time."""
    long_threads: int = 8
    """The same for long ones."""
    waiting: int = 256
    """Calls of each kind that may wait for a thread; further ones are sent away with 503."""
    page: int = 100
    """Records on a page if the caller names no number."""
    longest_page: int = 1000
    """Most records on a page."""
    price_in: float = 0.0
    """Price of a million tokens to the model, for the cost in `/metrics`."""
    price_out: float = 0.0
    """Price of a million tokens from the model."""
    general: Settings | None = None
    """The settings that the memories were opened with (the proxy's upstream comes from here)."""

    @classmethod
    def of(cls, settings: Settings) -> ServerSettings:
        """What the general settings say of the server; each is there under its own name with `server_` before it.

        At an address that others can reach and without further names, every name is answered.
        """
        same = {
            one.name: getattr(settings, f"server_{one.name}")
            for one in fields(cls)
            if f"server_{one.name}" in Settings.model_fields and one.name != "burst"
        }
        names = tuple(name.strip().lower() for name in settings.server_allow_hosts if name.strip())
        anywhere = not is_loopback(settings.server_host) and not names
        return cls(
            **same,
            allowed_hosts=("*",) if anywhere else (*LOOPBACK_HOSTS, *names),
            mounts=settings.server_faces,
            burst=settings.server_burst or max(1, round(2 * settings.server_requests_per_second)),
            general=settings,
        )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this computer's own."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
