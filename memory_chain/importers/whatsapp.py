"""WhatsApp: the text of "Export chat", alone or in its zip archive, in any language.

The text has no zone, and how it writes dates depends on the phone: the order of day, month and year is inferred from
the whole file. Notices without a sender and notes in place of media are left out. A day is a session.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath

from memory_chain.importers.base import BadRecord, DateOrder, Imported, LeftOut, Read
from memory_chain.importers.source import NOT_TEXT, Entry, Source

_INVISIBLE = "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"
_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " ", "،": ",", **dict.fromkeys(_INVISIBLE)})
_HEADER_CHARACTERS = 48

_DATE = r"(\d{1,4})[./\-年 ]{1,3}(\d{1,2})[./\-月 ]{1,3}(\d{1,4})日?(?: ?г)?\.?"
_AM = r"am|a\. ?m\.|vorm\.|上午|오전|午前|ص|π\.μ\.|de\.|ÖÖ|SA"
_PM = r"pm|p\. ?m\.|nachm\.|下午|오후|午後|م|μ\.μ\.|du\.|ÖS|CH"
_CLOCK = r"(\d{1,2})(?:[:.]| h )(\d{2})(?:[:.](\d{2}))?"
_TIME = rf"(?P<before>{_AM}|{_PM})? ?{_CLOCK} ?(?P<after>{_AM}|{_PM})?(?: Uhr| ?ч\.?)?"
_BETWEEN = rf"[,،]?(?: (?!{_AM}|{_PM})[^\W\d_]{{1,6}}\.?)? ?"  # at, um, à, klo, kl., lúc …
_ANDROID = re.compile(rf"^{_DATE}{_BETWEEN}{_TIME} [-–] ", re.IGNORECASE)
_IOS = re.compile(rf"^\[{_DATE}{_BETWEEN}{_TIME}\] ", re.IGNORECASE)
_AFTERNOON = re.compile(_PM, re.IGNORECASE)

_NOTE = re.compile(r"<[^<>\n]{3,60}>|null|\S+\.\w{2,5} \([^()\n]{3,40}\)")
_ATTACHED = re.compile(
    r"\u200e?<[^<>\n]{2,20}: [^<>\n]+\.\w{2,5}>|^\u200e?\S+\.\w{2,5} \([^()\n]{3,40}\)$", re.MULTILINE
)
_EDITED = re.compile(
    r"\s*(?:\u200e<[^<>\n]{3,60}>|<[^<>\n]*(?:edited|bearbeitet|edit[ao]d[ao]|modifi|bewerkt|изменен|отредактир|düzenlen|diedit"
    r"|edytowan|redigera|編集|编辑|編輯|수정|تعديل|संपादित)[^<>\n]*>)\s*$"
)
_DELETED = re.compile(
    r"(this message was deleted|you deleted this message"
    r"|diese nachricht wurde gelöscht|du hast diese nachricht gelöscht"
    r"|se eliminó este mensaje|eliminaste este mensaje"
    r"|ce message a été supprimé|vous avez supprimé ce message"
    r"|(esta )?mensagem( foi)? apagada|você apagou esta mensagem"
    r"|questo messaggio è stato eliminato|hai eliminato questo messaggio"
    r"|dit bericht (is|werd) verwijderd|je hebt dit bericht verwijderd|u hebt dit bericht verwijderd"
    r"|(данное|это) сообщение удалено|вы удалили (данное|это) сообщение"
    r"|bu mesaj silindi|bu mesajı sildiniz|ta wiadomość została usunięta|usunięto tę wiadomość"
    r"|このメッセージは削除されました|このメッセージを削除しました|此消息已被删除|您已删除此消息|此訊息已刪除"
    r"|메시지가 삭제되었습니다|이 메시지는 삭제되었습니다|تم حذف هذه الرسالة|pesan ini telah dihapus"
    r"|यह संदेश हटा दिया गया)[.。]?",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(image|video|audio|sticker|gif|document|contact card) omitted|missed (group )?(voice|video) call"
    r"|waiting for this message\b.*",
    re.IGNORECASE,
)
_COPY = re.compile(r"\s*\(\d+\)$")
_LONGEST_SENDER = 80
_BUDDHIST = 2450
"""Later years are counted as in Thailand."""


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """The header of a message: the numbers of its date, in their order, and its time."""

    date: tuple[str, str, str]
    hour: int
    minute: int
    second: int
    length: int
    twelve: bool


@dataclass(kw_only=True)
class _Open:
    """A message whose lines are still coming."""

    line: int
    begun: _Begun
    sender: str | None
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Dates:
    """How a file writes dates, and how far that is known."""

    order: DateOrder
    sure: bool


class WhatsApp:
    """Reads WhatsApp's exported chats."""

    name = "whatsapp"
    title = "WhatsApp exported chat (text)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By lines that begin with a date, a time and a sender."""
        lines = [line for line in head.splitlines()[:60] if line.strip()]
        begun = sum(_begun(line) is not None for line in lines)
        if not begun:
            return 0.0
        named = "whatsapp" in path.name.casefold() or path.name == "_chat.txt"
        return min(0.95, 0.6 + 0.3 * begun / len(lines) + 0.1 * named)

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each chat, lines joined, each day a session."""
        for entry in source.entries:
            dates = date_order(entry, source.options.date_order)
            chat = _chat_name(entry, source)
            for one in _messages(entry):
                yield one if isinstance(one, BadRecord) else _read(one, entry, chat, dates, source)

    def notes(self, source: Source) -> list[str]:
        """What was assumed and may be wrong."""
        said = {"dmy": "day before month", "mdy": "month before day", "ymd": "year, month, day"}
        orders = [(entry.name, date_order(entry, source.options.date_order)) for entry in source.entries]
        return [
            f"{name}: whether days or months come first cannot be seen; read as {said[one.order]} (see --date-order)."
            for name, one in orders
            if not one.sure
        ]


def date_order(entry: Entry, given: DateOrder | None = None) -> Dates:
    """Which of day and month comes first, by all dates of a file: numbers over 12, else the order of time."""
    if given is not None:
        return Dates(order=given, sure=True)
    firsts, seconds, years = 0, 0, False
    steps: Counter[str] = Counter()
    last: tuple[int, int, int] | None = None
    american = False
    for _, line in entry.lines(told=False):
        begun = _begun(line) if line else None
        if begun is None or line is None:
            continue
        first, second, third = (int(part) for part in begun.date)
        years = years or len(begun.date[0]) == 4
        firsts, seconds = max(firsts, first), max(seconds, second)
        if last is not None and (first, second, third) != last:
            steps["dmy"] += (third, second, first) < (last[2], last[1], last[0])
            steps["mdy"] += (third, first, second) < (last[2], last[0], last[1])
        last = (first, second, third)
        american = american or (begun.twelve and "/" in line[:10] and not _padded(begun.date))
    if years:
        return Dates(order="ymd", sure=True)
    if firsts > 12 or seconds > 12:
        return Dates(order="mdy" if seconds > 12 and firsts <= 12 else "dmy", sure=True)
    if steps["dmy"] != steps["mdy"]:
        return Dates(order="dmy" if steps["dmy"] < steps["mdy"] else "mdy", sure=True)
    return Dates(order="mdy" if american else "dmy", sure=not (firsts or seconds))


def _padded(date: tuple[str, str, str]) -> bool:
    """Whether days or months have a leading zero, which those who put the month first do not write."""
    return any(len(part) == 2 and int(part) < 10 for part in date[:2])


def _begun(line: str) -> _Begun | None:
    start = line[: _HEADER_CHARACTERS + 8].translate(_SPACES)
    found = _IOS.match(start) or _ANDROID.match(start)
    if found is None:
        return None
    first, second, third, _, hour, minute, seconds, _ = found.groups()
    hours = int(hour)
    half = found["before"] or found["after"]
    if half:
        hours = hours % 12 + (12 if _AFTERNOON.fullmatch(half) else 0)
    return _Begun(
        date=(first, second, third),
        hour=hours,
        minute=int(minute),
        second=int(seconds or 0),
        length=_raw_length(line, found.end()),
        twelve=half is not None,
    )


def _raw_length(line: str, cleaned: int) -> int:
    """How many characters of the line its first `cleaned` ones are, without the invisible ones."""
    seen = 0
    for place, sign in enumerate(line):
        if seen == cleaned:
            return place
        seen += sign not in _INVISIBLE
    return len(line)


def _messages(entry: Entry) -> Iterator[_Open | BadRecord]:
    open_: _Open | None = None
    for number, line in entry.lines():
        if line is None:
            yield BadRecord(place=f"{entry.name}, line {number}", reason=NOT_TEXT)
            continue
        begun = _begun(line)
        if begun is None:
            if open_ is not None:
                open_.lines.append(line)
            elif line.strip():
                yield BadRecord(place=f"{entry.name}, line {number}", reason="it does not begin with a date and time")
            continue
        if open_ is not None:
            yield open_
        sender, text = _parted(line[begun.length :])
        open_ = _Open(line=number, begun=begun, sender=sender, lines=[text])
    if open_ is not None:
        yield open_


def _parted(rest: str) -> tuple[str | None, str]:
    """Sender and text; no sender for a notice such as that somebody joined."""
    sender, colon, text = rest.partition(":")
    name = sender.translate(_SPACES).strip().removeprefix("~").strip()
    if not colon or not name or len(name) > _LONGEST_SENDER or any(sign in name for sign in '“”"«»'):
        return None, rest
    if text and not text.startswith((" ", "\u200e", "\u200f", "\u202f", "\u00a0")):
        return None, rest
    return name, text[1:] if text[:1] in (" ", "\u202f", "\u00a0") else text


def _read(one: _Open, entry: Entry, chat: str, dates: Dates, source: Source) -> Read:
    place = f"{entry.name}, line {one.line}"
    if one.sender is None:
        return LeftOut(reason="notices of WhatsApp")
    text = "\n".join(one.lines)
    marked = text.startswith("\u200e")
    text = _EDITED.sub("", _ATTACHED.sub("", text))
    if marked and text.startswith("\u200e"):
        return LeftOut(reason="media and notices")  # the mark stands where the app itself speaks
    text = text.strip(_INVISIBLE + " \n\r\t")
    if not text or _NOTE.fullmatch(text) or _NOTICE.fullmatch(text):
        return LeftOut(reason="media and notices")
    if _DELETED.fullmatch(text):
        return LeftOut(reason="deleted messages")
    try:
        local = _moment(one.begun, dates.order)
    except ValueError as error:
        return BadRecord(place=place, reason=f"the date {'/'.join(one.begun.date)} cannot be read ({error})")
    return Imported(
        place=place,
        conversation=chat,
        text=text,
        at=local.replace(tzinfo=source.options.timezone).astimezone(UTC),
        speaker=one.sender,
        said=local.isoformat(),
        zoneless=True,
        session=f"{chat} {local:%Y-%m-%d}",
        metadata={"title": chat},
    )


def _moment(begun: _Begun, order: DateOrder) -> datetime:
    first, second, third = (int(part) for part in begun.date)
    day, month, year = {
        "dmy": (first, second, third),
        "mdy": (second, first, third),
        "ymd": (third, second, first),
    }[order]
    if year < 100:
        year += 2000
    elif year > _BUDDHIST:
        year -= 543
    return datetime(year, month, day, begun.hour, begun.minute, begun.second)


def _chat_name(entry: Entry, source: Source) -> str:
    """The chat by the name of its file or archive; a copy's `(1)` is none."""
    stem = source.path.stem if source.zipped or entry.path.stem == "_chat" else entry.path.stem
    if entry.path.stem == "_chat" and not source.zipped:
        stem = source.path.name if source.path.is_dir() else (source.path.parent.name or stem)
    return _COPY.sub("", stem) or "chat"
