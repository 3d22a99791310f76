"""Secrets are found by their form, their name and their place; what only talks about them stays."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.privacy.redaction.credentials import is_secret
from lukhas_common.privacy.redaction.redactor import mask, mask_values

BASIC = base64.b64encode(b"ada:geheim").decode()
PAIRS = [
    '{"password": "@"}', "{'api_key': '@'}", '{\\"password\\": \\"@\\"}', "password=@", "PASSWORD : @",
    "passphrase=@", "my_token_value=@", "AWS_SECRET_ACCESS_KEY=@", "private_key: @", "access_token=@", "pwd=@",
    "DB_PASS=@", "dbPass: '@'", "Passwort: @", "contraseña: @", "contrasen\u0303a: @", "mot de passe : @",
    "hasło: @", "пароль: @", "密码：@", "password: str = '@'", "const password: string = `@`;", "$password = '@';",
    "password := '@'", "'password' => '@'", 'config["password"] = "@"', "os.environ['DB_PASSWORD']='@'",
    "<db:password>@</db:password>", "mysql --password @ -h db", "curl -u ada:@ http://127.0.0.1/",
    "IDENTIFIED BY '@'", "name: DB_PASSWORD\n  value: @", "**Password:** @", '"name": "DB_PASSWORD", "value": "@"',
    "Server=x;Password=@;Database=y", "Password:\n@", "X-Api-Key: @", "redis://:@@cache:6379",
    "postgres://svc:@@db.internal:5432/prod", '{"password": "@', "/reset?token=@&lang=de", "?X-Amz-Signature=@&x=1",
    "Authorization: Bearer @", "'Authorization': 'token @'", "password is @", "the password for the vault is: @",
    "password was changed to @",
]  # fmt: skip


@pytest.mark.parametrize("secret", ["Tr0ub4dor&3x", "hunter22secret", "aB3$d.e/f+gh"])
@pytest.mark.parametrize("form", PAIRS)
def test_what_a_name_of_a_secret_stands_before_is_one(form: str, secret: str) -> None:
    text = form.replace("@@", f"{secret}@") if "@@" in form else form.replace("@", secret)
    masked = mask(text)
    assert secret not in masked
    assert "[SECRET]" in masked
    assert secret[:4] not in masked
    assert secret[-4:] not in masked
    assert masked.partition("[SECRET]")[0] == text.partition(secret)[0]


@pytest.mark.parametrize(
    "text",
    ["DB_PASS=abc", "password: x1", "pwd=q", "password='x'", "pin: 4821", "password: 1234", "token=abc",
     "my pin is 4821",
     "my password is swordfish.", f"Authorization: Basic {BASIC}", f"basic {BASIC}", "Authorization: Basic dTpw",
     "Cookie: sessionid=abc; theme=dark", 'Authorization: Digest username="ada", response="0a"'],
)  # fmt: skip
def test_a_short_one_is_one(text: str) -> None:
    assert "[SECRET]" in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "xapp-1-A012-345-abcdef",
        "xoxb-123456789012-abcdef", "glpat-abcdefghij1234567890", "npm_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghijkl_mnopq", "sk-ant-api03-abcdefghijklmnopqrstuvwxyz", "dop_v1_abcdef0123456789",
        "sk_live_abcdefghijklmnop", "hf_abcdefghijklmnopqrstuvwxyz",
        "$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOYBF\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "[SECRET:AAAAAAAAAAAAAAAAAAAAAAAA]",
    ],
)  # fmt: skip
def test_a_key_is_known_by_its_form(text: str) -> None:
    assert mask(f"it was {text}") == "it was [SECRET]"


@pytest.mark.parametrize(
    "text",
    """secret: undefined|password: null|password: none|the password is wrong|my password is wrong|password: str
password: str | None = None|password: Optional[str] = None|token: Token|password: SecretStr|password?: string
def f(password: str, token: str) -> None:|password = get_password()|token = os.environ["TOKEN"]|password=password
token: accessToken|secret=self.secret|const password = req.body.password;|apiKey: process.env.API_KEY
password: <your password>|password: ${DB_PASSWORD}|password: {{ vault }}|password: ********|password=%s
secret: "[credential withheld]"|PASSWORD=|password: ""|token_id=abcdef12|max_tokens: 4096|tokens: 512
secretary: Anna|compass: north|spin: 1234|tokenizer: bert|public_key: abcdef123456
credentials: include|pass: 120 fail: 3
the token is opaque|the password is 12 characters long|Password must be long|password: must be long
The secret is 32 bytes|Basic auth is required|basic training today|bearer authentication|cookie: required
password:\\n  type: string|token::new|Token: the unit of text|token: `access` and|Authorization: Bearer <token>
arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf|secret = secrets.token_bytes(32)|fresh_token = self.start(user)
token: Annotated[str, Field(max_length=4)]|password: [SECRET]|[EMAIL] token [SECRET]|[SECRET]: abcdef12""".replace(
        "\n", "|"
    ).split("|"),
)
def test_what_only_talks_about_secrets_is_left_alone(text: str) -> None:
    text = text.replace("\\n", "\n")
    assert mask(text) == text


def test_a_member_of_a_secret_name_loses_its_text_whole() -> None:
    given = {"password": "the cat", "dbPassword": ["a", {"b": "c", "n": 3}], "X-Api-Key": "k", "tokens": "five words"}
    assert mask_values(given) == {
        "password": "[SECRET]", "dbPassword": ["[SECRET]", {"b": "[SECRET]", "n": 3}], "X-Api-Key": "[SECRET]",
        "tokens": "five words",
    }  # fmt: skip
    assert mask_values([{"name": "DB_PASS", "value": "x"}, {"name": "REGION", "value": "x"}]) == [
        {"name": "DB_PASS", "value": "[SECRET]"},
        {"name": "REGION", "value": "x"},
    ]


def test_a_number_that_is_somebodys_is_masked_and_any_other_stays() -> None:
    given = {"card": 4111111111111111, "at": 1700000000123, "n": 3, "x": 52.52, "b": True, "z": None, "huge": 10**5000}
    assert mask_values(given) == {**given, "card": "[CARD]"}


@given(st.text(max_size=200))
def test_any_name_is_one_of_a_secret_or_not(name: str) -> None:
    assert is_secret(name) in (True, False)


@pytest.mark.parametrize(
    "name", ["password", "DB_PASS", "clientSecret", "API-Key", "Set-Cookie", "authorization", "pins"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["token_id", "tokens", "max_tokens", "password_reset_at", "compass", "public_key", "key"]
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret(name)
