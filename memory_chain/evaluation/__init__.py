"""The evaluation suite: how well the memory finds what was said.

A benchmark is a reader (`locomo`) that gives a `Dataset`; running (`retrieval`), scoring (`scoring`) and
telling (`report`) are the same for all, so that another benchmark is another reader beside it.
"""
