"""The report's parts on single questions: what failed and why, and the worst with what was retrieved for them."""

from __future__ import annotations

from collections.abc import Mapping

from memory_chain.evaluation.report.comparing import CORRECTED, main_figures, worst
from memory_chain.evaluation.report.document import Block, Cell, Facts, Folded, Paragraph, Section, Table
from memory_chain.evaluation.report.gathering import Entry, Scored, Study
from memory_chain.evaluation.report.scores import SYSTEM
from memory_chain.evaluation.report.wording import counted, group_title, listed, percent, shortened

WORST = 10
"""How many of the worst questions are shown."""
_LONGEST_PIECE = 600
_LONGEST_TEXT = 2_000
_MOST_IDS = 10
_MOST_REASONS = 50


def failures(study: Study, key: str) -> Section:
    """Questions that failed, and judges that gave no verdict, by reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    unclear: dict[tuple[str, str, str], list[str]] = {}
    for entry in study.entries:
        for one in entry.scored:
            if one.record.error:
                reasons.setdefault((entry.label, one.record.error), []).append(one.record.question.id)
            for judge, verdict in one.record.verdicts.items():
                if verdict.right is None:
                    why = verdict.error or "no verdict"
                    unclear.setdefault((entry.label, judge, why), []).append(one.record.question.id)
    blocks: list[Block] = []
    if reasons:
        rows = tuple(
            (Cell(text=label), Cell(text=f"{len(ids):,}"), _reason(why), _ids(ids))
            for (label, why), ids in list(reasons.items())[:_MOST_REASONS]
        )
        table = Table(
            caption="Failed questions; each scores zero", header=(SYSTEM, "failed", "reason", "questions"), rows=rows,
            has_numbers=False,
        )  # fmt: skip
        blocks.append(table)
        if len(reasons) > _MOST_REASONS:
            blocks.append(
                Paragraph(text=f"{len(reasons) - _MOST_REASONS:,} more reasons are in the runs' records.", tone="note")
            )
    else:
        blocks.append(Paragraph(text="No question failed."))
    if unclear:
        without = tuple(
            (Cell(text=label), Cell(text=judge), Cell(text=f"{len(ids):,}"), _reason(why), _ids(ids))
            for (label, judge, why), ids in list(unclear.items())[:_MOST_REASONS]
        )
        table = Table(
            caption="Answers without a verdict; each counts as not accepted",
            header=(SYSTEM, "judge", "answers", "reason", "questions"), rows=without, has_numbers=False,
        )  # fmt: skip
        blocks.append(table)
    return Section(id=f"{key}-failures", title="Failures", blocks=tuple(blocks))


def worst_questions(study: Study, key: str) -> Section | None:
    """The questions that our memory (or the first one, without ours) did worst, with what it retrieved and why."""
    shown = next((entry for entry in study.contestants if entry.is_ours), next(iter(study.contestants), None))
    if shown is None:
        return None
    names = main_figures(list(shown.figures))
    if not names:
        return None
    others = [entry for entry in study.contestants if entry is not shown]
    found = worst(shown, others, names[0], study.benchmark.counted, limit=WORST)
    texts = _texts(study)
    text = (
        f"The {counted(len(found), 'question')} with the lowest {names[0]} of {shown.label}; among equals first those "
        "that another memory did better. Failed questions are left out: they stand above."
    )
    rivals = [entry for entry in others if entry.run is shown.run]
    blocks = tuple(_question(study, rivals, one, names, texts) for one in found)
    return Section(id=f"{key}-worst", title="The worst questions", blocks=(Paragraph(text=text), *blocks))


def _question(
    study: Study, others: list[Entry], one: Scored, names: list[str], texts: Mapping[tuple[str, str], str]
) -> Folded:
    record, question = one.record, one.record.question
    pairs = [
        ("category", Cell(text=group_title(question.category, study.benchmark.categories))),
        (
            "conversation",
            Cell(text=f"{record.conversation}, question {question.id}, {counted(record.known, 'message')} known"),
        ),
        ("right answer", _long("; ".join(question.gold) or "none given")),
    ]
    if question.options:
        pairs.append(("choices", _long("\n".join(question.options))))
    pairs.append(("answer", _long(record.answer if record.answer is not None else "no model was asked")))
    pairs += [
        (judge, _long(f"{_said(verdict.right)}: {verdict.raw or verdict.error}"))
        for judge, verdict in record.verdicts.items()
    ]
    pairs.append(
        (
            "scores",
            Cell(
                text=listed(
                    f"{name} {percent(value)}" for name, value in one.scores.items() if not name.endswith(CORRECTED)
                )
                or "none"
            ),
        )
    )
    pairs.append(("others", Cell(text=_others(others, one, names) or "no other memory was asked")))
    blocks: list[Block] = [Facts(pairs=tuple(pairs)), *_evidence(one, texts), _pieces(one)]
    return Folded(
        summary=f"{shortened(question.text, 200)} ({names[0]} {percent(one.scores[names[0]])})", blocks=tuple(blocks)
    )


def _others(others: list[Entry], one: Scored, names: list[str]) -> str:
    """What the other memories of the run scored."""
    told = []
    for other in others:
        same = [
            theirs.scores
            for theirs in other.final
            if theirs.record.question.id == one.record.question.id and theirs.record.seed == one.record.seed
        ]
        said = [f"{name} {percent(scores[name])}" for scores in same[:1] for name in names if name in scores]
        if said:
            told.append(f"{other.label}: {', '.join(said)}")
    return "; ".join(told)


def _evidence(one: Scored, texts: Mapping[tuple[str, str], str]) -> list[Block]:
    record = one.record
    if not record.question.evidence:
        return [Paragraph(text="The benchmark names no evidence for this question.", tone="note")]
    budget = record.context_budget if record.context_budget is not None else max(record.contexts, default=0)
    context = record.contexts.get(budget)
    rows = []
    for message in record.question.evidence:
        if context and message in context.sources:
            found = "in the context"
        elif context and message in context.cited:
            found = "only cited"
        else:
            found = "missed"
        rank = f"{record.ranked.index(message) + 1}" if message in record.ranked else f"not in {len(record.ranked)}"
        known = texts.get((record.conversation, message), "")
        text = shortened(known, _LONGEST_PIECE) if known else "(no memory of these runs has shown it)"
        rows.append(
            (
                Cell(text=message, is_code=True),
                Cell(text=found, strong=found == "missed"),
                Cell(text=rank),
                Cell(text=text),
            )
        )
    header = ("evidence", "found", "rank", "text")
    return [Table(caption="Evidence", header=header, rows=tuple(rows), has_numbers=False)]


def _pieces(one: Scored) -> Block:
    pieces = one.record.pieces
    if not pieces:
        return Paragraph(text="Nothing was retrieved, or the memory does not tell its parts.", tone="note")
    wanted = set(one.record.question.evidence)
    rows = tuple(
        (
            Cell(text=str(place)),
            Cell(text=piece.kind, small="evidence" if piece.id in wanted else ""),
            Cell(text=f"{piece.score:.3g}"),
            Cell(text=listed(piece.reasons) or "–"),
            Cell(text=shortened(piece.text, _LONGEST_PIECE), small=piece.id),
        )
        for place, piece in enumerate(pieces, 1)
    )
    table = Table(
        caption="What was retrieved, and why",
        header=("place", "kind", "score", "why", "text"),
        rows=rows,
        has_numbers=False,
    )
    return Folded(summary=f"What was retrieved, and why: {counted(len(pieces), 'piece')}", blocks=(table,))


def _texts(study: Study) -> dict[tuple[str, str], str]:
    """The texts of messages, as far as any memory has shown them: by conversation and id."""
    return {
        (one.record.conversation, piece.id): piece.text
        for entry in study.entries
        for one in entry.scored
        for piece in one.record.pieces
    }


def _said(right: bool | None) -> str:
    return {True: "accepted", False: "refused", None: "no verdict"}[right]


def _long(text: str) -> Cell:
    return Cell(text=shortened(text, _LONGEST_TEXT))


def _reason(why: str) -> Cell:
    return Cell(text=shortened(why, _LONGEST_PIECE))


def _ids(ids: list[str]) -> Cell:
    more = f" and {len(ids) - _MOST_IDS:,} more" if len(ids) > _MOST_IDS else ""
    return Cell(text=listed(ids[:_MOST_IDS]) + more)
