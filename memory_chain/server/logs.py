"""Logs of the server: one JSON object a line, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

__all__ = ["JSONLines", "Redaction", "configure_logs", "redacted"]

HIDDEN = "[hidden]"

_SECRETS = re.compile(
    r"(?P<keep>omem_[0-9a-f]{12}_)[A-Za-z0-9_\-]{8,}"
    r"|\b(?P<kind>[Bb]earer|[Bb]asic)\s+[A-Za-z0-9._~+/=\-]{6,}"
    r"|\bsk-[A-Za-z0-9_\-]{8,}"
    r"|(?P<name>(?i:api[_-]?key|authorization|password|secret|token)[\"']?\s*[=:]\s*[\"']?)(?:(?i:bearer|basic)\s+)?[^\s\"',;}]{6,}"
    r"|(?P<scheme>[a-z][a-z0-9+.\-]*://)[^\s/@:]+:[^\s/@]+@"
)
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def redacted(text: str) -> str:
    """The text without keys, bearer tokens and passwords; of our own keys the prefix stays."""
    return _SECRETS.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    if found["keep"]:
        return f"{found['keep']}{HIDDEN}"
    if found["kind"]:
        return f"{found['kind']} {HIDDEN}"
    if found["name"]:
        return f"{found['name']}{HIDDEN}"
    return f"{found['scheme']}{HIDDEN}@" if found["scheme"] else HIDDEN


class Redaction(logging.Filter):
    """Takes secrets out of every record before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it always goes on."""
        record.msg = redacted(record.getMessage())
        record.args = None
        for name, value in vars(record).items():
            if name not in _OWN and isinstance(value, str):
                setattr(record, name, redacted(value))
        return True


class JSONLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and what was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in _OWN})
        if record.exc_info:
            line["trace"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True, default=str)


def configure_logs(level: str = "info", stream: TextIO | None = None) -> logging.Handler:
    """Let all loggers of this process write JSON lines; for the command, not for the library."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JSONLines())
    handler.addFilter(Redaction())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    return handler
