"""Reports: one page of HTML and one Markdown file from the folders of runs."""

from memory_chain.evaluation.report.writing import write_report

__all__ = ["write_report"]
