"""x"""

from .document import Report


def as_html(report: Report) -> str:
    return ""
