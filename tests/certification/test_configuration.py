"""The configuration files of the kit, and the hooks and commands that they name."""

from pathlib import Path
from typing import Any

import pytest

from scripts.certification import config
from scripts.certification.other_side import config as provider_config
from scripts.certification.other_side.cases import all_cases as provider_cases
from tests.certification.door import Answer
from tests.certification.running import certify, configuration, run
from tests.certification.wallet import Wallet


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

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[play]\nbet = 100\nwin = 100", "must differ"),
            ("[play]\nbalance = 799", "play.balance must cover"),
            ("[provider]\ntimeout_seconds = nan", "timeout_seconds must be more than 0"),
            ("[provider]\nquiet_seconds = -1.0", "quiet_seconds must be more than 0"),
            ("[provider]\npatience_seconds = inf", "patience_seconds must be more than 0"),
            ("[casino]\nport = 65536", "casino.port must be from 0"),
            ("[casino]\nport = -1", "casino.port must be from 0"),
            ('[hooks]\nrestart = "{"', "hooks.restart cannot be filled in"),
        ],
    )
    def test_what_is_wrong_is_said_in_a_line(self, text: str, said: str, tmp_path: Path) -> None:
        file = tmp_path / "certify-provider.toml"
        file.write_text(text)
        certified = run(tmp_path, f"--config={file}", command="provider")
        assert (certified.status, said in certified.said) == (2, True), certified.said
        assert len(certified.said.strip().splitlines()) == 1

    def test_a_case_of_the_wallet_is_none_of_the_provider(self, tmp_path: Path) -> None:
        assert run(tmp_path, "--only=A01", command="provider").status == 2


class TestOperator:
    """The kit reports what the operator's commands say, and does not blame the wallet for them."""

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("sh -c 'echo no such session >&2; exit 4'", "sh ended with status 4: no such session"),
            ("no-such-command {session}", "no-such-command: "),
        ],
    )
    def test_a_hook_that_fails(self, command: str, said: str, tmp_path: Path) -> None:
        hook = '"URL/hooks/end_session"'
        configured = configuration("URL").replace(hook, f'"{command}"')
        certified = certify(Wallet(), tmp_path, "--only=B04", configured=configured)
        assert certified.status == 2
        assert f"the hook end_session failed: {said}" in certified.reasons("error")["B04"]

    @pytest.mark.parametrize(
        ("command", "said"),
        [("false", "false ended with status 1"), ("true", "the command printed nothing")],
    )
    def test_a_session_that_cannot_be_opened(self, command: str, said: str, tmp_path: Path) -> None:
        launch = 'launch = "/casino/launchGame"'
        configured = configuration("URL").replace(launch, f'command = "{command}"')
        certified = certify(Wallet(), tmp_path, configured=configured)
        assert (certified.status, certified.said.strip().endswith(said)) == (2, True)

    def test_a_session_that_is_opened_elsewhere(self, tmp_path: Path) -> None:
        class Moved(Wallet):
            def answer(self, *_: Any, **__: Any) -> Answer:
                return Answer(308, b"", {"Location": "https://wallet.example/"})

        certified = certify(Moved(), tmp_path)
        assert certified.status == 2
        assert certified.said.strip().endswith("answered 308, Location: https://wallet.example/")

    def test_an_answer_without_the_token_is_not_shown(self, tmp_path: Path) -> None:
        configured = configuration("URL").replace("[session]", '[session]\ntoken = "a.b"')
        certified = certify(Wallet(), tmp_path, configured=configured)
        assert certified.status == 2
        assert "answered 200 without a.b (session.token)" in certified.said
        assert "token-" not in certified.said


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
            ('[credentials]\nsecret = "${NO-NAME}"', "has no NO-NAME"),
            ('[credentials]\nsecret = "${HOME"', "${HOME lacks the brace"),
            ("large = 0", "large must be at least 1"),
            ("[wallet]\ntimeout_seconds = 0", "timeout_seconds must be more than 0"),
            ("[wallet]\ntimeout_seconds = nan", "timeout_seconds must be more than 0"),
            ("[wallet]\ntimeout_seconds = inf", "and at most 3600"),
            ("[games]\nleast = 0", "games.least must be at least 1"),
            ("[games]\nleast = -1", "games.least must be at least 1"),
            ("[games]\nleast = 200", "stake is below games.least"),
            ("[games]\nmost = -1", "games.most must be 0 (no upper limit) or more"),
            ("stake = 10\n[games]\nleast = 10\nmost = 5", "games.most is below three stakes"),
            ("[games]\nmost = 200", "games.most is below three stakes"),
            ('[games]\nlimited = "x"', "limited_least"),
            ('[games]\nlimited = "x"\nlimited_least = 0\nlimited_most = 9', "limited_least"),
            ('[games]\nlimited = "x"\nlimited_least = 9\nlimited_most = 8', "limited_least"),
            ('[wallet]\nurl = "http://127.0.0.1:9"', "names no test player"),
            ('[wallet]\noutside_url = "wallet"', "must look like"),
            ('[session]\nlaunch = "launch"', "begins with /"),
            ('[session]\nlaunch = "/launch game"', "session.launch must be printable ASCII"),
            ('[session]\nlaunch = "/läunch"', "session.launch must be printable ASCII"),
            (
                '[session]\nlaunch = "http://me:word@wallet/launch"',
                "cannot contain a user or password",
            ),
            ('[session]\nbody = { id = "{plaier}" }', "session.body.id cannot be filled in"),
            ('[session]\ncommand = "new {session}"', "may contain {player}, {game}, {currency}"),
            ('[session]\ncommand = "new \'"', "not a command line"),
            ('[session.headers]\nX = "ü"', "session.headers.X must be printable ASCII"),
            ('[credentials.headers]\nX = "a\\nb"', "credentials.headers.X must be"),
            ('[credentials.headers]\n"X:" = "1"', "'X:' is not a valid header name"),
            ('[credentials.headers]\n"X Y" = "1"', "'X Y' is not a valid header name"),
            ('[session.headers]\n"" = "1"', "session.headers: '' is not a valid header name"),
            ('[wallet]\noutside_url = "http://wallet/#top"', "must look like"),
            ('[hooks]\nblok_player = "true"', "there is no hook blok_player"),
            ('[hooks]\nrestart = "{player"', "hooks.restart cannot be filled in"),
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

    def test_a_player_who_cannot_reach_the_limits_is_said_at_once(self, tmp_path: Path) -> None:
        configured = configuration("URL").replace("limited_most = 5000", "limited_most = 100000")
        certified = certify(Wallet(), tmp_path, "--only=C13", configured=configured)
        assert certified.status == 2
        assert "ada holds too little: the cases need 100010 minor units" in certified.said

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
