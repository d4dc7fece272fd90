"""Writes django.json: what Django 5.2 says of inputs. Run it where Django is installed."""

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

import django
from django.conf import settings

settings.configure(INSTALLED_APPS=[], USE_I18N=False)
django.setup()

from django.core import validators as v  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.contrib.postgres import validators as pg  # noqa: E402

LONG = "a" * 63
TEXTS = {
    "email": (v.validate_email, [
        "a@b.co", "a.b+c@example.com", "", "a", "@b.co", "a@", "a@b", "a@b.c", "a@localhost", "a@LOCALHOST",
        "a@b.co.", "a@.co", "a@b..co", "a@-b.co", "a@b-.co", "a@b.-co", "a@b.c-o", "a@b.12", "a@b.1a2", "a@b.xn--p1ai",
        "a@b.XN--p1ai", "a@b.xn--", "a@b.xn--a-b", "ü@example.com", "a@exämple.com", "a@例え.テスト", "a@b.テ", "a b@c.de", "a@b c.de",
        "a..b@c.de", ".a@c.de", "a.@c.de", "a'b@c.de", "a`{|}~@c.de", "a(b@c.de", "a,b@c.de", '"a b"@c.de', '"ab"@c.de',
        '"a\\ b"@c.de', '"a\\"@c.de', '""@c.de', '"a"b"@c.de', '"a\tb"@c.de', '"a\\\tb"@c.de', "a@[127.0.0.1]", "a@[::1]",
        "a@[127.0.0.256]", "a@[1.2.3]", "a@[]", "a@[::g]", "a@127.0.0.1", "a@b.co\n", "a\n@b.co", "a@b@c.de", '"a@b"@c.de',
        f"a@{LONG}.co", f"a@{LONG}a.co", f"a@b.{LONG}", f"a@b.{LONG}a", "a" * 313 + "@b.com", "a" * 314 + "@b.com", "a" * 315 + "@b.com",
        "ı@b.co", "ſ@b.co", "K@b.co", "é@b.co", "a@b.😀😀", "a@😀.co", "a@b_c.de", "a@b.c_d", "a@[::ffff:1.2.3.4]", "a@[fe80::1%eth0]",
    ]),
    "email_allow": (v.EmailValidator(allowlist=["intern", "localdomain"]), [
        "a@intern", "a@localhost", "a@INTERN", "a@b.de", "a@localdomain", "a b@intern",
    ]),
    "domain_name": (v.validate_domain_name, [
        "example.com", "example.com.", "example", "localhost", "", ".", "a.b", "a.bc", "a..bc", ".a.bc", "-a.bc", "a-.bc", "a-b.cd",
        "a_b.cd", "exämple.com", "例え.テスト", "a.テ", "1.2.3.4", "1.com", "a.c0m", "a.xn--p1ai", "a.xn--p1-ai", "a.XN--P1AI", "a b.cd",
        "a.bc\n", "a.bc..", f"{LONG}.com", f"{LONG}a.com", ".".join([LONG] * 3) + "." + "a" * 63, ".".join([LONG] * 3) + "." + "a" * 64,
        "a." + ".".join(["bb"] * 84), "a." + ".".join(["bb"] * 85), "ex\u00a0ample.com", "ex\u00a1mple.com", "a.😀😀", "http://a.bc", "a.bc/", "a.bc:80",
    ]),
    "domain_name_ascii": (v.DomainNameValidator(accept_idna=False), [
        "example.com", "example.com.", "exämple.com", "a.c0m", "a.00", "a.-b", "a.xn--p1ai", "a.xn--p1-ai", "A-B.CD", "a", "a.b", "-a.bc", "",
    ]),
    "url": (v.URLValidator(), [
        "http://example.com", "https://example.com/", "ftp://a.bc", "ftps://a.bc", "HTTP://a.bc", "hTTp://A.BC", "http://localhost", "http://LocalHost:8000/",
        "", "http", "http://", "http:///", "http:/a.bc", "http:a.bc", "://a.bc", "//a.bc", "a.bc", "file:///a", "mailto:a@b.co", "javascript:alert(1)", "ssh://a.bc",
        "http://a", "http://a.b", "http://a.bc.", "http://a..bc", "http://.a.bc", "http://-a.bc", "http://a-.bc", "http://a_b.cd",
        "http://a.bc:80", "http://a.bc:", "http://a.bc:99999", "http://a.bc:100000", "http://a.bc:8a", "http://a.bc:80/x?y=z#f", "http://a.bc?x", "http://a.bc#x",
        "http://a.bc/ x", "http://a.bc/x y", "http://a.bc /", " http://a.bc", "http://a.bc ", "http://a.bc\n", "http://a.bc/\tx", "http://a.bc/\u00a0", "http://a.bc/\u2028",
        "http://127.0.0.1", "http://0.0.0.0", "http://255.255.255.255", "http://256.0.0.1", "http://01.2.3.4", "http://1.2.3", "http://1.2.3.4.5", "http://1.2.3.4:80/", "http://00.0.0.0",
        "http://[::1]", "http://[::1]:80/", "http://[::g]", "http://[]", "http://[::1", "http://::1]", "http://[1.2.3.4]", "http://[::ffff:1.2.3.4]", "http://[fe80::1%25eth0]/", "http://[1::2::3]",
        "http://u@a.bc", "http://u:p@a.bc", "http://u:@a.bc", "http://:p@a.bc", "http://@a.bc", "http://u:p:q@a.bc", "http://u@v@a.bc", "http://u p@a.bc", "http://u/@a.bc", "http://u?x@a.bc", "http://a.bc?x@d", "http://u#x@a.bc",
        "http://u:p@[::1]:5/x", "http://u:p@", "http://exämple.com", "http://例え.テスト/パス", "http://a.テ", "http://xn--e1afmkfd.xn--p1ai", "http://a.c0m", "http://1.com",
        "http://a.bc/ü?ö#ä", "http://a.bc/%20", "http://a.bc//x", "http://a.bc/x(1)", "http://a.bc/../x", "http://a.bc@", "http://a.bc:80@d.ef", "http://a\u2100.bc", "http://a\uff0fb.cd", "http://a\uff1ab.cd", "http://a\u3000b.cd",
        "http://" + ".".join([LONG] * 3) + "." + "a" * 61, "http://" + ".".join([LONG] * 3) + "." + "a" * 62, "http://a.bc/" + "x" * 2036, "http://a.bc/" + "x" * 2037, "http://😀.bc", "http://a.bc/😀", "http://[a]", "http://x[::1]", "http://[::1]x",
        "http://a.bc:80:80", "http://http://a.bc", "http://a.bc\x1c", "http://a.bc/\x1d", "http://a.bc/\x00", "http://a\x00.bc", "http://a.bc\\x", "http://a,b.cd",
    ]),
    "url_git": (v.URLValidator(schemes=["git+ssh", "http"]), ["git+ssh://a.bc/x", "GIT+SSH://a.bc/x", "https://a.bc", "http://a.bc", "git://a.bc"]),
    "slug": (v.validate_slug, ["a", "a-b_C9", "", "a b", "ä", "a.b", "a\n", "-", "٣", "a/b"]),
    "unicode_slug": (v.validate_unicode_slug, [
        "a", "a-b_C9", "", "a b", "ä", "слаг", "日本語", "a\n", "हिन", "हिन्दी", "٣", "²", "Ⅷ", "Ⓐ", "½", "a.b", "e\u0301", "😀", "_", "ª", "א", "\u0345", "〇", "㊀",
    ]),
    "integer": (v.validate_integer, ["0", "42", "-42", "", "-", "+1", "1.0", " 1", "1 ", "1\n", "1_000", "a", "٣", "४२", "²", "--1", "０"]),
    "int_list": (v.validate_comma_separated_integer_list, ["1", "1,2,3", "", ",", "1,", ",1", "1,,2", "1, 2", "-1", "1,-2", "a", "1;2", "1\n"]),
    "int_list_negative": (v.int_list_validator(sep=" | ", allow_negative=True), ["1", "-1", "1 | -2", "1|2", "--1", "- 1", "", "1 |2"]),
    "ipv4": (v.validate_ipv4_address, ["1.2.3.4", "0.0.0.0", "255.255.255.255", "256.1.1.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4/8", "::1", "1.2.3.٤", "1..2.3", "+1.2.3.4"]),
    "ipv6": (v.validate_ipv6_address, [
        "::", "::1", "fe80::1", "FE80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", ":1", "1:", "::g", "12345::", "::1.2.3.4", "::ffff:1.2.3.4", "1.2.3.4", "",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::01.2.3.4", "fe80::1%eth0", "fe80::1%", "fe80::1%a%b", " ::1", "::1\n", "[::1]", "0000:0000:0000:0000:0000:0000:0000:0001", "0000:0000:0000:0000:0000:ffff:255.255.255.255", "00000::1", "1::2:3:4:5:6:7:8",
    ]),
    "ipv46": (v.validate_ipv46_address, ["1.2.3.4", "::1", "1.2.3", "", "a", "::1%1"]),
    "no_null": (v.ProhibitNullCharactersValidator(), ["", "a", "a\x00", "\x00", "\n"]),
    "min_length_1": (v.MinLengthValidator(1), ["", "a", "ä"]),
    "min_length_3": (v.MinLengthValidator(3), ["", "ab", "abc", "äöü", "😀😀", "e\u0301"]),
    "max_length_1": (v.MaxLengthValidator(1), ["", "a", "ab", "😀", "e\u0301"]),
    "max_length_3": (v.MaxLengthValidator(3), ["", "abc", "abcd", "äöüß", "日本語"]),
    "regex": (v.RegexValidator(r"^[a-f]+[0-9]?"), ["a", "abc1", "abc12", "", "1a", "A", "g", "\na"]),
    "regex_flags": (v.RegexValidator(r"^x.y", flags=re.IGNORECASE | re.MULTILINE | re.DOTALL), ["xay", "XAY", "a\nxzy", "x\ny", "ax y", ""]),
    "regex_inverse": (v.RegexValidator(r"[0-9]", "No digits, not “%(value)s”.", "digits", inverse_match=True), ["a", "a1", "", "٣"]),
    "min_text": (v.MinValueValidator("b"), ["a", "b", "c", "", "ä", "B"]),
}


class Named:
    def __init__(self, name):
        self.name = name


FILES = {
    "file_extension": (v.FileExtensionValidator(["pdf", "TXT"]), ["a.pdf", "a.PDF", "a.txt", "a.doc", "a", ".pdf", "a.", "a.b.pdf", "a.pdf.b", "d.pdf/a", "d/a.pdf", "a.pdf/", "", "a pdf", "a.päf"]),
    "file_extension_none": (v.FileExtensionValidator([]), ["a.pdf", "a"]),
}

NUMBERS = {
    "min_5": (v.MinValueValidator(5), [4, 5, 6, -5, 0]),
    "max_5": (v.MaxValueValidator(5), [4, 5, 6, -5, 2147483647]),
    "step_3": (v.StepValueValidator(3), [0, 3, -3, 4, 6, 7, 2147483646]),
    "step_3_offset_1": (v.StepValueValidator(3, offset=1), [0, 1, 4, -2, 3, 7, 8]),
}

FLOATS = {
    "min_2.5": (v.MinValueValidator(2.5), [2.4, 2.5, 2.6, float("inf"), float("-inf"), float("nan")]),
    "max_2.5": (v.MaxValueValidator(2.5), [2.4, 2.5, 2.6, float("inf"), float("nan"), -0.0]),
    "step_0.1": (v.StepValueValidator(0.1), [0.0, 0.1, 0.3, 0.7, 0.75, -0.2, 1e9, 0.10000000005, 0.1000001]),
    "step_0.1_offset_0.05": (v.StepValueValidator(0.1, offset=0.05), [0.05, 0.15, 0.1, -0.05]),
}

DECIMALS = {
    "min_2.50": (v.MinValueValidator(Decimal("2.50")), ["2.49", "2.5", "2.500", "3", "-1"]),
    "step_0.25": (v.StepValueValidator(Decimal("0.25")), ["0", "0.5", "0.3", "-0.75", "100.25"]),
    "decimal_5_2": (v.DecimalValidator(5, 2), ["0", "0.00", "1", "123.45", "1234.5", "1234", "12345", "123456", "0.123", "0.12", "-123.45", "-1234", "1.230", "1000", "999.99", "0.001", "123.456", "00.10", "12.345"]),
    "decimal_1_0": (v.DecimalValidator(1, 0), ["0", "9", "10", "0.1", "0.0", "-9"]),
    "decimal_1_1": (v.DecimalValidator(1, 1), ["0", "0.1", "1", "0.12", "0.0", "1.0"]),
    "decimal_3_3": (v.DecimalValidator(3, 3), ["0.123", "0.1234", "0.001", "1", "1.123"]),
}

DATES = {
    "min_date": (v.MinValueValidator(datetime.date(2020, 2, 29)), ["2020-02-28", "2020-02-29", "2021-01-01"]),
}

LISTS = {
    "array_min_1": (pg.ArrayMinLengthValidator(1), [[], [1]]),
    "array_min_2": (pg.ArrayMinLengthValidator(2), [[], [1], [1, 2]]),
    "array_max_1": (pg.ArrayMaxLengthValidator(1), [[], [1], [1, 2]]),
    "array_max_0": (pg.ArrayMaxLengthValidator(0), [[], [1], [1, 2]]),
}

OBJECTS = {
    "keys_a": (pg.KeysValidator(["a"]), [{}, {"a": 1}, {"a": 1, "b": 2}, {"b": 1}]),
    "keys_a_strict": (pg.KeysValidator(["a"], strict=True), [{}, {"a": 1}, {"a": 1, "b": 2}]),
}


class Bounds:
    def __init__(self, lower, upper):
        self.lower, self.upper = lower, upper


RANGES = {
    "range_min_5": (pg.RangeMinValueValidator(5), [[5, 9], [4, 9], [None, 9], [6, None], [None, None]]),
    "range_max_5": (pg.RangeMaxValueValidator(5), [[1, 5], [1, 6], [1, None], [None, 5], [None, None]]),
}


def ask(name, validator, given, value):
    try:
        validator(value)
    except ValidationError as error:
        return [name, given, error.code, error.messages[0]]
    return [name, given, None, None]


def main():
    rows = []
    kinds = [
        (TEXTS, lambda x: x), (FILES, Named), (NUMBERS, lambda x: x), (FLOATS, lambda x: x), (DECIMALS, Decimal),
        (DATES, datetime.date.fromisoformat), (LISTS, lambda x: x), (OBJECTS, lambda x: x), (RANGES, lambda x: Bounds(*x)),
    ]
    for table, make in kinds:
        for name, (validator, inputs) in table.items():
            for given in inputs:
                written = str(given) if isinstance(given, float) else given
                rows.append(ask(name, validator, written, make(given)))
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    Path(__file__).with_name("django.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
