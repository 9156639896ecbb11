"""`scripts/certify` at the terminal: arguments, exit status, what is said."""

from pathlib import Path

import pytest

from scripts.certification import config
from scripts.certification.cases import all_cases
from scripts.certification.other_side import config as provider_config
from scripts.certification.other_side.cases import all_cases as provider_cases
from tests.certification.door import Answer, Headers
from tests.certification.mutants.rollbacks import ForgetsTombstones
from tests.certification.mutants.security import NewestSecretOnly
from tests.certification.running import certify, configuration, run
from tests.certification.wallet import Wallet

UNREACHABLE = "http://127.0.0.1:9"


class TestExitStatus:
    def test_0_if_the_wallet_conforms(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=C01,D01")
        assert certified.status == 0
        assert certified.report["verdict"] == "conforms"
        assert "✓ C01  A bet" in certified.said

    def test_1_if_it_does_not(self, tmp_path: Path) -> None:
        certified = certify(ForgetsTombstones(), tmp_path, "--only=G05")
        assert certified.status == 1
        assert certified.report["verdict"] == "does not conform"
        assert "✗ G05" in certified.said
        assert (
            "expected refused: rolled back (rule bet_after_rollback), observed accepted"
            in certified.said
        )

    def test_non_strict_is_a_failure_only_if_asked_for(self, tmp_path: Path) -> None:
        lenient = certify(NewestSecretOnly(), tmp_path / "1", "--only=A11")
        strict = certify(NewestSecretOnly(), tmp_path / "2", "--only=A11", "--strict")
        assert (lenient.status, strict.status) == (0, 1)
        assert lenient.verdicts == strict.verdicts == {"A11": "non-strict"}

    def test_2_if_the_wallet_cannot_be_reached(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text(configuration(UNREACHABLE))
        certified = run(tmp_path, f"--config={file}")
        assert certified.status == 2
        assert certified.report == {}
        assert "no session for ada" in certified.said
        assert "Connection refused" in certified.said

    def test_2_if_it_goes_away_in_between(self, tmp_path: Path) -> None:
        certified = certify(_Leaving(), tmp_path, "--only=B04,C01")
        assert certified.status == 2
        assert certified.report["verdict"] == "not judged"
        assert certified.verdicts == {"B04": "error", "C01": "error"}
        assert "the hook end_session failed" in certified.reasons("error")["B04"]
        assert "Connection refused" in certified.reasons("error")["C01"]
        assert len(certified.report["left"]) == 3

    @pytest.mark.parametrize(
        "argument",
        ["--only=Z", "--only=A99", "--seed=x", "--url=wallet", "--concurrency=1", "--nonsense"],
    )
    def test_2_if_an_argument_is_wrong(self, argument: str, tmp_path: Path) -> None:
        assert run(tmp_path, argument).status == 2

    def test_2_if_the_profile_is_unknown(self, tmp_path: Path) -> None:
        certified = run(tmp_path, "--profile=hub99")
        assert certified.status == 2
        assert "there are event, native" in certified.said

    def test_2_if_no_wallet_is_named(self, tmp_path: Path) -> None:
        assert run(tmp_path).status == 2


class TestChoosing:
    def test_only_and_skip_take_groups_and_cases(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=A,C01", "--skip=A05,A1")
        assert certified.status == 2
        certified = certify(Wallet(), tmp_path, "--only=A,C01", "--skip=A05")
        expected = {case.id for case in all_cases() if case.group == "A"} - {"A05"} | {"C01"}
        assert set(certified.verdicts) == expected

    def test_the_list_has_every_case_and_sends_nothing(self, tmp_path: Path) -> None:
        certified = run(tmp_path, "--list")
        assert certified.status == 0
        assert all(f"{case.id}  " in certified.said for case in all_cases())
        assert not certified.folder.exists()

    def test_the_list_says_what_would_be_skipped(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text('[[players]]\nid = "ada"\ncurrency = "EUR"\n')
        certified = run(tmp_path, "--list", f"--config={file}")
        assert "(skipped: only one test player is given ([[players]]))" in certified.said

    def test_a_dry_run_tells_every_step_and_sends_nothing(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text(configuration(UNREACHABLE))
        certified = run(tmp_path, "--dry-run", "--only=G05", f"--config={file}")
        assert certified.status == 0
        late = "refused: rolled back (rule bet_after_rollback)"
        assert [line.strip() for line in certified.said.splitlines()] == [
            "G05  The rollback first, then its bet",
            "1. Rollback `rollback` of bet `bet` → accepted (rule unknown_rollback)",
            f"2. Bet `bet` of 1 stake in round `round` → {late}",
            "3. The same bytes as `rollback` again → accepted (rule unknown_rollback)",
        ]

    def test_the_seed_is_said_and_can_be_given(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=C01", "--seed=4711")
        assert ", seed 4711" in certified.said
        assert certified.report["seed"] == 4711

    def test_fewer_connections_are_enough(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=D02,D10,G06", "--concurrency=7")
        assert set(certified.verdicts.values()) == {"pass"}


class TestProviderConfiguration:
    def test_the_sample_is_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CASINO_SECRET", "s")
        monkeypatch.setenv("PROVIDER_SECRET", "t")
        assert run(tmp_path, "--init", command="provider").status == 0
        assert provider_config.load(tmp_path / "certify-provider.toml").casino.port == 9400

    def test_the_list_has_every_case(self, tmp_path: Path) -> None:
        said = run(tmp_path, "--list", command="provider").said
        assert all(f"  {name}  " in said for name in provider_cases())

    def test_amounts_must_differ(self, tmp_path: Path) -> None:
        file = tmp_path / "certify-provider.toml"
        file.write_text("[play]\nbet = 100\nwin = 100")
        certified = run(tmp_path, f"--config={file}", command="provider")
        assert (certified.status, "must differ" in certified.said) == (2, True)

    def test_a_case_of_the_wallet_is_none_of_the_provider(self, tmp_path: Path) -> None:
        assert run(tmp_path, "--only=A01", command="provider").status == 2


class TestConfiguration:
    def test_the_sample_is_one_and_names_everything(self, tmp_path: Path) -> None:
        environment = {"CASINO_SECRET": "s"}
        file = tmp_path / "certify.toml"
        file.write_text(config.sample())
        assert config.load(file, environment).players[0].id == "player-001"
        fields = {
            field
            for table in (
                config.Wallet, config.Credentials, config.Player, config.Games, config.Session,
            )
            for field in table.__struct_fields__
        }  # fmt: skip
        assert {field for field in fields if field not in config.sample()} == set()

    def test_init_writes_the_sample_and_never_over_another(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run(tmp_path, "--init").status == 0
        assert (tmp_path / "certify.toml").read_text() == config.sample()
        again = run(tmp_path, "--init")
        assert (again.status, "is there already" in again.said) == (2, True)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("nonsense", "certify.toml: "),
            ("stak = 1", "`stak`"),
            ("stake = 0", "stake must be at least 1"),
            ('[credentials]\nsecret = "${NO_SUCH_VARIABLE}"', "has no NO_SUCH_VARIABLE"),
            ("[games]\nleast = 200", "stake is below games.least"),
            ("[games]\nmost = 200", "games.most is below three stakes"),
            ('[games]\nlimited = "x"', "limited_least"),
            ('[wallet]\nurl = "http://127.0.0.1:9"', "names no test player"),
        ],
    )
    def test_what_is_wrong_is_said_in_a_line(self, text: str, said: str, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text(text)
        certified = run(tmp_path, f"--config={file}")
        assert certified.status == 2
        assert said in certified.said
        assert len(certified.said.strip().splitlines()) == 1

    def test_a_player_without_money_is_said_at_once(self, tmp_path: Path) -> None:
        wallet = Wallet()
        wallet.purses["ada"].held = wallet.purses["ada"].redeemable = 500
        certified = certify(wallet, tmp_path)
        assert certified.status == 2
        assert "ada holds too little" in certified.said

    def test_tokens_given_by_hand_are_enough_for_most(self, tmp_path: Path) -> None:
        wallet = Wallet()
        tokens = [wallet.launch({"playerId": "ada", "gameId": "slots"}) for _ in range(2)]
        players = ", ".join(f'"{each["sessionToken"]}"' for each in tokens)
        certified = certify(wallet, tmp_path / "launched", "--only=C01")
        assert certified.status == 0
        given = configuration("URL").split("[[players]]")[0]
        given += f'[[players]]\nid = "ada"\ncurrency = "EUR"\nsessions = [{players}]\n'
        certified = certify(wallet, tmp_path, "--only=B,C", configured=given)
        assert certified.status == 0, certified.said
        assert certified.verdicts["B07"] == "pass"
        assert certified.verdicts["B04"] == "skipped"


class _Leaving(Wallet):
    """Dies when the operator ends a session."""

    has_left = False

    def answer(  # type: ignore[override]
        self, path: str, headers: Headers, body: bytes, *, outside: bool
    ) -> Answer | None:
        self.has_left = self.has_left or path == "/hooks/end_session"
        if self.has_left:
            return None
        return super().answer(path, headers, body, outside=outside)
