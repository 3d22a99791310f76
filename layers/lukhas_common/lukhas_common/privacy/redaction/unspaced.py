"""Names in Chinese and Japanese, which are written together with other words: found by what is said before or after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.words import listed

_HAN = "\u3400-\u9fff"
_ONE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊黃趙吳孫馬鄭謝許馮鄧蕭葉蘇呂盧鐘譚陸"
)
"""The most frequent Chinese ones of a single character, simplified and traditional."""

_ANY = re.compile(f"[{_HAN}]")


@cache
def _named() -> re.Pattern[str]:
    """A family's name with what follows it, after "I am called" and the like or before a form of address."""
    families = [*_ONE, *(name for name in listed()[1] if re.fullmatch(f"[{_HAN}]{{2,3}}", name))]
    family = "|".join(sorted(families, key=lambda name: (-len(name), name)))
    return re.compile(
        f"(?:(?<=我叫)|(?<=我是)|(?<=名字是)|(?<=私は)|(?<=名前は))(?:{family})[{_HAN}\u3040-\u30ff]{{0,3}}?(?=です|と申|\\W|$)|"
        f"(?:{family})[{_HAN}]{{0,2}}?(?=先生|女士|小姐|老师|さん|様|ちゃん)"
    )


def unspaced(text: str) -> Iterator[Span]:
    """Such names in a text."""
    if _ANY.search(text):
        for match in _named().finditer(text):
            yield Span(match.start(), match.end(), Kind.PERSON)
