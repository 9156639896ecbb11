"""junit.xml: a suite for each group, a test case for each case."""

from xml.etree import ElementTree as ET

from scripts.certification.evidence.report import CasePart, Report

_FAILED = {"fail": "failure", "error": "error", "skipped": "skipped"}


def junit(report: Report) -> bytes:
    """``non-strict`` is a failure in a strict run, otherwise it is in the output."""
    root = ET.Element("testsuites", name=f"{report.kind} certification, {report.profile.name}")
    for letter, title in report.groups.items():
        cases = [case for case in report.cases if case.group == letter]
        suite = ET.SubElement(root, "testsuite", name=f"{letter}. {title}")
        suite.set("timestamp", report.started_at)
        for case in cases:
            _add(suite, case, strict=report.strict)
        _count(suite, cases)
    _count(root, report.cases)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add(suite: ET.Element, case: CasePart, *, strict: bool) -> None:
    element = ET.SubElement(
        suite,
        "testcase",
        classname=f"certification.{case.group}",
        name=f"{case.id} {case.title}",
        time=f"{case.seconds:.3f}",
    )
    kind = _FAILED.get(case.verdict)
    if case.verdict == "non-strict" and strict:
        kind = "failure"
    if kind:
        ET.SubElement(element, kind, message=_legal(case.reason))
    elif case.reason:
        ET.SubElement(element, "system-out").text = _legal(f"{case.verdict}: {case.reason}")


def _count(element: ET.Element, cases: list[CasePart]) -> None:
    element.set("tests", str(len(cases)))
    element.set("time", f"{sum(case.seconds for case in cases):.3f}")
    for tag in ("failure", "error", "skipped"):
        name = tag if tag == "skipped" else f"{tag}s"
        element.set(name, str(len(element.findall(f".//{tag}"))))


def _legal(text: str) -> str:
    """XML has no way to write most control characters."""
    return "".join(each if each.isprintable() else "�" for each in text)
