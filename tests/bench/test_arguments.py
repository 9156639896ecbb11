"""`scripts/bench` measures what it is asked for, and what the ratios need."""

from pathlib import Path

import pytest

from scripts.benchmark import arguments
from scripts.benchmark.arguments import Variant
from scripts.setup import ROOT


def test_without_arguments_everything_is_measured() -> None:
    options = arguments.parse([])
    assert options.sections == arguments.SECTIONS
    assert (options.seconds, options.passes, options.fixed_seconds) == (3.0, 3, 30.0)
    assert options.growth == (0, 1_000_000, 5_000_000)


def test_quick_is_short_and_every_figure_may_be_given() -> None:
    assert arguments.parse(["--quick"]).growth == (0, 100_000)
    options = arguments.parse(["--quick", "--seconds", "2.5", "--passes", "4", "--growth", "0,7"])
    assert (options.seconds, options.passes, options.growth) == (2.5, 4, (0, 7))


def test_folders_are_relative_to_where_the_command_was_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALLED_FROM", str(tmp_path))
    checkout = tmp_path / "before"
    checkout.mkdir()
    (checkout / "manage.py").touch()
    options = arguments.parse(["--output", "out", "--data", "../data"])
    assert (options.output, options.data) == (tmp_path / "out", tmp_path.parent / "data")
    assert arguments.parse(["--variant=x:ROOT=before"]).variants[0].root == checkout


def test_a_section_brings_what_its_ratios_refer_to() -> None:
    assert arguments.parse(["--only", "plain"]).sections == ("limit", "service", "plain")
    assert arguments.parse(["--only", "growth"]).sections == ("growth",)


def test_a_variant_is_a_name_with_settings_or_another_checkout() -> None:
    options = arguments.parse(["--variant", f"few:BLOCKING_THREADS=4,WORKERS=1,ROOT={ROOT}"])
    [base, variant] = options.variants
    assert base == Variant("as it is", {}, ROOT)
    assert variant == Variant("few", {"BLOCKING_THREADS": "4", "WORKERS": "1"}, ROOT)
    assert options.workloads == ("debit", "replay", "event", "getBalance")
    assert arguments.parse([]).variants == ()


def test_other_code_comes_first_so_that_ratios_are_new_to_old() -> None:
    given = ["few:BLOCKING_THREADS=4", "before:COMMIT=v1"]
    options = arguments.parse([f"--variant={each}" for each in given] + ["--workload=event,debit"])
    assert [each.name for each in options.variants] == ["before", "as it is", "few"]
    assert options.variants[0].commit == "v1"
    assert options.workloads == ("debit", "event")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--only", "everything"],
        ["--output", "/dev/null/report"],
        ["--output", "/dev/null"],
        ["--data", "/dev/null/data"],
        ["--seconds", "0"],
        ["--seconds", "0.0001"],
        ["--seconds", "soon"],
        ["--passes", "0"],
        ["--growth", "0,-1"],
        ["--growth", "100,100"],
        ["--variant", "there:ROOT=/nowhere"],
        ["--variant", ":A=1"],
        ["--variant", "one:A=1", "--variant", "one:A=2"],
        ["--variant", "as it is:A=1"],
        ["--workload", "credit"],
    ],
)
def test_what_makes_no_sense_is_a_usage_line(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.parse(wrong)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: scripts/bench")
