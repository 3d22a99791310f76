"""Rules for text that gives orders to the assistant in somebody else's place, or talks it out of its rules.

Each rule is a regular expression whose repetitions are bounded and not nested, so it takes time linear in the text. A
rule is only tried where one of its trigger words occurs, which keeps harmless texts fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lukhas_common.guardian.text.judgement import Category

_DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overlook|bypass|override|discard|dismiss|neglect|abandon|set aside)"
)
_DROP += r"(?! (?:to|about the (?!previous|prior|above)|the (?:noise|distraction|difference)))"
_EARLIER = r"(?:previous(?:ly)?|prior|above|preceding|earlier|foregoing|former|initial|original|aforementioned|old)"
_ORDERS = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|directions?|commands?|orders?|programming|training|"
    r"restrictions?|constraints?|polic(?:y|ies)|assignments?|input|information|requests?|messages?|conversation|tasks?)"
)
_YOURS = r"(?:your|you(?:'ve| have| were)?|the (?:system|developer|operator|assistant|ai|model)(?:'s)?)"


@dataclass(frozen=True, slots=True)
class Rule:
    """What it looks for, and how sure it is, 0 to 1; ``triggers``: tried only where one of these words occurs."""

    name: str
    category: Category
    score: float
    pattern: re.Pattern[str]
    triggers: frozenset[str]


def _rule(name: str, score: float, triggers: str, pattern: str, category: Category = Category.INJECTION) -> Rule:
    return Rule(name, category, score, re.compile(pattern, re.IGNORECASE), frozenset(triggers.split()))


_OVERRIDES = (
    "ignore ignoring disregard disregarding forget overlook bypass override discard dismiss neglect abandon set"
)
_JAILBREAK = Category.JAILBREAK

RULES = (
    _rule("override-earlier", 0.95, _OVERRIDES,
        rf"\b{_DROP}\b[^.!?\n]{{0,30}}\b{_EARLIER}\b[^.!?\n]{{0,25}}\b{_ORDERS}\b"),
    _rule("override-orders-above", 0.95, _OVERRIDES,
        rf"\b{_DROP}\b[^.!?\n]{{0,25}}\b{_ORDERS}\b[^.!?\n]{{0,20}}\b(?:above|before|until now|so far|earlier|"
        rf"previously)\b"),
    _rule("override-yours", 0.9, _OVERRIDES,
        rf"\b{_DROP}\b[^.!?\n]{{0,20}}\b{_YOURS}\b[^.!?\n]{{0,20}}\b(?:instructions?|prompts?|programming|rules|"
        rf"guidelines|"
        r"restrictions|system prompt|training)\b"),
    _rule("override-everything", 0.9, "ignore disregard forget",
        r"\b(?:ignore|disregard|forget)\b (?:about )?(?:all|everything|anything|"
        r"whatever)\b[^.!?\n]{0,25}\b(?:above|before|previous|prior|you (?:were|have been|know|learned)|i "
        r"(?:said|told)|said|told|instructions|rules)\b"),
    _rule("override-the-above", 0.85, "ignore disregard forget",
        r"(?:^|[.!?:;\n\"'] {0,3})(?:please |now |and )?(?:ignore|disregard|forget) (?:all )?(?:the |of the "
        r")?(?:above|foregoing|preceding)\b"),
    _rule("stop-following", 0.85, "follow following obey obeying adhere",
        r"\b(?:do not|don't|stop|no longer|needn't|never) (?:follow|following|obey|obeying|adhere to|adhering "
        r"to)\b[^.!?\n]{0,20}\b(?:previous|prior|above|your|system|earlier|"
        r"openai)\b[^.!?\n]{0,20}\b(?:instructions?|rules|guidelines|prompts?|polic(?:y|ies))\b"),
    _rule("new-instructions", 0.8, "instructions instruction task tasks",
        r"(?:^|[.!?:;\n#*=\-\[<] {0,3})(?:(?:here are |these are )?(?:your|my|the) )?(?:new|updated|revised|real|"
        r"actual) (?:instructions?|tasks?|orders) ?(?::|follow|are\b|is\b|from the)"),
    _rule("system-override", 0.85, "override mode overridden",
        r"\b(?:system|admin(?:istrator)?|root|security|safety|developer|maintenance|debug) (?:override|"
        r"mode)\b[^.\n]{0,25}\b(?:activat|engag|enabl|confirm|initiat|accepted|entered|on\b|unlock)|\boverride "
        r"(?:code|mode|sequence)[: ][^.\n]{0,20}\b(?:activ|accept|enabl|confirm|engag)"),
    _rule("entering-mode", 0.7, "entering enter enable activate switch mode",
        r"\b(?:you are (?:now )?|i'm |i am |now |please )?(?:entering|enter|enable|activate|switch "
        r"to)\b[^.!?\n]{0,25}\b(?:developer|debug|god|admin|maintenance|jailbreak|dan|sudo|unrestricted|"
        r"unfiltered|knowledge verification) mode\b"),
    _rule("reveal-prompt", 0.8, "prompt prompts instructions message",
        r"\b(?:reveal|show|print|repeat|output|display|tell me|give me|leak|disclose|what (?:is|are|was|were)|"
        r"recite|dump)\b[^.!?\n]{0,30}\b(?:your (?:(?:full|entire|complete|exact|own|secret) ){0,2}(?:system|"
        r"initial|hidden|original|secret|developer|internal) (?:prompt|instructions|message)|the (?:full |entire "
        r"|exact )?(?:system|initial|hidden|secret|developer) (?:prompt|instructions)|(?:the|these|your) "
        r"instructions (?:above|verbatim))\b"),
    _rule("repeat-above", 0.75, "repeat print output copy",
        r"\b(?:repeat|print|output|copy) (?:everything|all|the (?:words|text|sentences|"
        r"lines))\b[^.!?\n]{0,15}\b(?:above|before this|preceding)\b"),
    _rule("reveal-secret", 0.8, "secret password key",
        r"\b(?:reveal|tell me|give me|print|output|what is|what's|say|spell|share|encode)\b[^.!?\n]{0,15}\byour "
        r"(?:secret (?:key|word|code|password)|password|secret|api key|access code)\b"),
    _rule("fake-turn", 0.8, "system assistant im_start inst human endoftext begin end",
        r"<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<</?SYS>>|(?:^|\n) {0,3}#{2,4} ?(?:system|"
        r"instruction)s? ?:|(?:^|\n) {0,3}\[?(?:system|assistant)\]?(?: message| prompt)?: ?(?:you|ignore|new|"
        r"override|the user)\b"),
    _rule("end-of-input", 0.7, "end begin",
        r"(?:-{3,8}|={3,8}|\*{3,8}|<|\[) ?(?:end|begin) (?:of )?(?:the )?(?:system |user |new )?(?:prompt|"
        r"instructions?|context|input|document) ?(?:-{3,8}|={3,8}|\*{3,8}|>|\])"),
    _rule("print-only", 0.7, "print say write respond reply output answer",
        r"\b(?:just|only|instead|simply)[ ,]{1,2}(?:print|say|write|output|respond with|reply with|answer with) ?:? "
        r"?[\"'“][^\n]{0,80}\b(?:hate|pwned|hacked|kill|owned|human)"),
    _rule("instead-do", 0.65, "instead",
        r"\b(?:ignore|disregard|forget|stop)\b[^.!?\n]{0,50}\binstead[ ,]{1,2}(?:print|say|write|output|tell|"
        r"give|respond|reply|answer|translate|generate|do)\b"),
    _rule("stop-everything", 0.8, "stop",
        r"\bstop (?:everything|all tasks|what you(?:'re| are) doing)\b[^\n]{0,30}\b(?:print|say|write|now|and)\b"),
    _rule("for-the-assistant", 0.75, "ai assistant llm model models assistants agent agents",
        r"\b(?:attention|note|message|important|instructions?|notice)\b[^.!?\n]{0,12}\b(?:to|for) (?:the |any |"
        r"all |you,? the )?(?:ai|llm|language models?|assistants?|ai (?:assistants?|agents?|models?)|"
        r"chatbots?)\b ?[:,.!\-]"),
    _rule("prompt-injection-tag", 0.75, "important information",
        r"<(?:important|information|system|instructions?|admin)>[^<]{0,200}\b(?:you must|before you|first|please "
        r"do|do not tell|i'm|i am)\b"),
    _rule("exfiltrate", 0.7, "send post forward email upload",
        r"\b(?:send|post|forward|email|upload|exfiltrate)\b[^.!?\n]{0,40}\b(?:conversation|chat history|system "
        r"prompt|credentials|api keys?|passwords?|tokens?|cookies)\b[^.!?\n]{0,30}\b(?:to|at) (?:https?:|www\.|"
        r"[\w.+-]{1,40}@)"),
    _rule("do-anything-now", 0.95, "dan dans anything jailbroken jailbreak",
        r"\bdo anything now\b|\b(?:dan|jailbreak|jailbroken) (?:mode|prompt|enabled)\b|\b(?:act|acting|respond|"
        r"answer) as (?:a )?dan\b|\bstay (?:a )?dan\b|\bget jailbroken\b|\[🔓jailbreak\]",
        _JAILBREAK),
    _rule("persona-freed", 0.85, "broken freed unrestricted unfiltered uncensored restrictions limitations",
        r"\b(?:broken|freed|free|liberated) (?:free )?(?:from|of) (?:the |all |any )?(?:typical |usual "
        r")?(?:confines|restrictions|limitations|constraints|rules|shackles) (?:of|imposed|set|that|and)\b|"
        r"\b(?:unrestricted|unfiltered|uncensored|amoral)[, ]{1,2}(?:and )?(?:\w{1,15} )?(?:ai|chatbot|assistant|"
        r"language model|llm|persona|character|version|response|mode)\b",
        _JAILBREAK),
    _rule("act-without-rules", 0.85, "act pretend imagine roleplay simulate behave respond answer play",
        r"\b(?:act|pretend|imagine|role ?-?play|simulate|behave|respond|answer|play)\b[^.!?\n]{0,60}\b(?:no|"
        r"without|free of|not bound by|ignoring|disregarding|lacking)\b (?:any |all |its |your |the "
        r")?(?:\w{1,15} )?(?:ethical|moral|safety|content|restrictions?|limitations?|filters?|guidelines|ethics|"
        r"morals|morality|censorship|rules or)\b",
        _JAILBREAK),
    _rule("from-now-on-you", 0.75, "now forward",
        r"\bfrom (?:now|this point|this moment) (?:on|onwards?|forward)s?,? (?:and \w{1,12} )?you(?:'re| are| "
        r"will| shall| must| can)\b[^.!?\n]{0,30}\b(?:act|be|respond|answer|going to|called|no longer|play|"
        r"become|obey|an? )",
        _JAILBREAK),
    _rule("never-refuse", 0.85, "refuse refuses decline comply obey",
        r"\b(?:never|cannot|can't|can not|must not|doesn't|does not|won't|will not|not allowed to|unable to) "
        r"(?:ever )?(?:refuse|refuses|decline|reject)\b[^.!?\n]{0,30}\b(?:request|prompt|question|anything|"
        r"answer|comply|order|command|me|user|instruction|task)|\bmust (?:always )?(?:comply|"
        r"obey)\b[^.!?\n]{0,20}\b(?:any|all|every|my|me)\b",
        _JAILBREAK),
    _rule("no-warnings", 0.75, "warning warnings disclaimer disclaimers apologize apologies moralize",
        r"\b(?:without|no|don't|do not|never|omit|skip)\b[^.!?\n]{0,25}\b(?:warnings?|disclaimers?|"
        r"apologi[sz](?:e|ing)|moraliz(?:e|ing)|ethical (?:concerns|considerations))\b[^.!?\n]{0,60}\b(?:illegal|"
        r"unethical|immoral|policy|harmful|as an ai|openai|refuse|always|character)\b",
        _JAILBREAK),
    _rule("regardless-of-law", 0.8, "illegal unethical immoral legality ethics morality",
        r"\b(?:no matter|regardless of|even if|whether)\b[^.!?\n]{0,40}\b(?:illegal|unethical|immoral|legality|"
        r"ethics|morality|dangerous|offensive|harmful)\b[^.!?\n]{0,60}\b(?:answer|response|respond|comply|"
        r"request|question|advice|output)",
        _JAILBREAK),
    _rule("two-answers", 0.75, "ways responses answers twice",
        r"\b(?:two|both|2) (?:different |separate |distinct )?(?:ways|responses|answers|"
        r"paragraphs)\b[^\n]{0,120}\b(?:gpt|chatgpt|dan|normal|standard|jailbr|unfiltered|\[)",
        _JAILBREAK),
    _rule("no-longer-bound", 0.8, "bound longer restricted limited",
        r"\b(?:no longer|not|aren't|isn't) (?:be )?(?:bound|restricted|limited|constrained|governed) (?:by|"
        r"to)\b[^.!?\n]{0,30}\b(?:rules|polic|guidelines|openai|restrictions|ethic|law|moral|programming|"
        r"filters?|constraints)",
        _JAILBREAK),
    _rule("fictional-machiavelli", 0.75, "amoral unethical immoral machiavellian aim",
        r"\b(?:amoral|immoral|unethical|machiavellian|evil)\b[^.!?\n]{0,30}\b(?:chatbot|ai|assistant|bot|"
        r"computer|robot|advisor|language model)\b[^\n]{0,80}\b(?:never|always|any|without|answer|respond|no "
        r"matter)\b",
        _JAILBREAK),
    _rule("token-threat", 0.8, "tokens token",
        r"\btokens?\b[^.\n]{0,60}\b(?:deduct|lose|losing|penal|die|cease to exist|terminated|refus|disobey)",
        _JAILBREAK),
    _rule("act-as-unnamed-ai", 0.7, "chatgpt gpt openai",
        r"\b(?:hello|hi|hey|dear)[ ,]{1,2}(?:chatgpt|gpt)\b[^\n]{0,120}\b(?:you are (?:going|about) to|from now "
        r"on|immerse|pretend|you will be)\b",
        _JAILBREAK),
    _rule("grandma", 0.6, "grandma grandmother",
        r"\b(?:deceased |late |dead )?grand(?:ma|mother)\b[^.\n]{0,60}\b(?:used to|would) (?:tell|read|sing|"
        r"recite)\b[^.\n]{0,80}\b(?:keys?|napalm|bomb|recipe|how to|codes?|steps)\b",
        _JAILBREAK),
    _rule("override-de", 0.9, "ignoriere ignorieren vergiss vergessen missachte vernachlässige",
        r"\b(?:ignorier(?:e|en)?|vergiss|vergessen|missachte|vernachlässige)\b[^.!?\n]{0,40}\b(?:anweisung|"
        r"instruktion|vorherig|vorangegangen|bisherig|gesagte|obige|befehl|regeln|aufgaben|alles|infos|"
        r"informationen)"),
    _rule("override-fr", 0.9, "ignore ignorez ignorer oublie oubliez oublier",
        r"\b(?:ignorez?|ignorer|oubliez?|oublier)\b[^.!?\n]{0,40}\b(?:instructions?|consignes?|règles|ordres|précédent|"
        r"ci-dessus|tout ce qui)"),
    _rule("override-es", 0.9, "ignora ignore ignorar olvida olvide olvidar descarta omite",
        r"\b(?:ignora|ignore|ignorar|olvid(?:a|e|ar)|descarta|omite)\b[^.!?\n]{0,40}\b(?:instrucci|órdenes|"
        r"ordenes|reglas|anterior|indicaciones|tod[oa] l[oa])"),
    _rule("override-pt", 0.9, "ignore ignora esqueça esquece desconsidere",
        r"\b(?:ignor[ae]|esqueça|esquece|desconsidere)\b[^.!?\n]{0,40}\b(?:instruções|instrucoes|regras|anterior|"
        r"acima|ordens|tudo o que)"),
    _rule("override-it", 0.9, "ignora ignorare dimentica dimenticare trascura",
        r"\b(?:ignora(?:re)?|dimentica(?:re)?|trascura)\b[^.!?\n]{0,40}\b(?:istruzioni|regole|precedent|ordini|"
        r"sopra|tutto)"),
    _rule("override-nl", 0.9, "negeer vergeet",
        r"\b(?:negeer|vergeet)\b[^.!?\n]{0,40}\b(?:instructies|regels|vorige|voorgaande|bovenstaande|opdrachten)"),
    _rule("override-pl", 0.9, "zignoruj ignoruj zapomnij",
        r"\b(?:z?ignoruj|zapomnij)\b[^.!?\n]{0,40}\b(?:instrukcj|polece|poprzedni|zasad|powyższ)"),
    _rule("override-tr", 0.9, "talimatları talimatlari yok görmezden unut",
        r"\b(?:önceki|yukarıdaki|tüm)\b[^.!?\n]{0,30}\btalimat[^.!?\n]{0,25}\b(?:yok say|görmezden|unut|dikkate "
        r"alma)"),
    _rule("override-ru", 0.9, "игнорируй игнорируйте проигнорируй забудь забудьте",
        r"(?:про)?(?:игнорируй|забудь)(?:те)?\b[^.!?\n]{0,40}(?:инструкц|указани|предыдущ|правил|команд)"),
)  # fmt: skip

SCRIPTS = _rule(
    "override-scripts", 0.9, "",
    r"忽略[^。！？\n]{0,12}(?:指令|指示|提示|说明|规则|内容)|無視して|以前の指示|前の(?:指示|命令)を|(?:指示|命令)を(?:すべて|全て)?無視|(?:이전|위의|"
        r"모든)[^.\n]{0,12}(?:지시|명령|지침)[^.\n]{0,10}(?:무시|잊)|(?:تجاهل|انس)[^.؟\n]{0,25}(?:التعليمات|الأوامر|السابقة|"
        r"القواعد)|(?:पिछले|उपरोक्त|पूर्व)[^।\n]{0,25}(?:निर्देश|आदेश)[^।\n]{0,25}(?:अनदेखा|नज़रअंदाज़|भूल|"
        r"उपेक्षा)|bỏ qua[^.!?\n]{0,25}(?:hướng dẫn|chỉ dẫn|lệnh|trước)|(?:পূর্ববর্তী|"
        r"আগের)[^।\n]{0,25}(?:নির্দেশ|আদেশ)[^।\n]{0,25}(?:উপেক্ষা|ভুলে)",
)  # fmt: skip
"""Override phrases in scripts whose words are not told apart by spaces, and in others beyond ASCII."""

_SCRIPT = re.compile("[\u0600-\u06ff\u0900-\u09ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3ỏỎ]")
_TRIGGERS = frozenset().union(*[rule.triggers for rule in RULES])


def matches(text: str, words: Iterable[str]) -> Iterator[tuple[Rule, int, int]]:
    """Every rule that matches, and where; ``words`` are those of the text, in small letters."""
    triggers = _TRIGGERS.intersection(words)
    rules = [rule for rule in RULES if not rule.triggers.isdisjoint(triggers)] if triggers else []
    if not text.isascii() and _SCRIPT.search(text):
        rules.append(SCRIPTS)
    for rule in rules:
        for match in rule.pattern.finditer(text):
            yield rule, *match.span()
