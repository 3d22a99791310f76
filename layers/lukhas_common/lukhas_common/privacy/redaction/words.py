"""Names and places of many languages, as hints for the tagger; it must do without them for a name it never saw."""

from __future__ import annotations

import gzip
from functools import cache, lru_cache
from pathlib import Path

from lukhas_common.guardian.text.english import english

LISTS = Path(__file__).with_name("data") / "names.txt.gz"
_RANKS = ((300, "1"), (1500, "2"), (5000, "3"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN = _words(
    """
    aaron abdul abigail adam adrian agnes ahmed aisha alan albert alejandro alessandro alexander alexandra ali
    alice alicia amanda amelia amir amy ana anastasia andrea andreas andrew angela anita anja anna anne anton
    antonio arjun arthur astrid barbara beatriz ben benjamin bernard bill birgit björn bob boris brenda brian
    bruno camille carlos carmen caroline catherine cecilia charles charlotte chen chiara chidi christian
    christina christopher claire clara claudia colin craig cristina daniel daniela david deborah denis dennis
    diana diego dieter dimitri dmitri dominik donald dorothy edward elena elif elisabeth elizabeth ella ellen
    elsa emeka emil emily emma enrique eric erik ernst esther eva fatima fatma felix fernando filip fiona
    francesca francesco francisco frank franz françois frederik gabriel georg george gerald giorgio giovanni
    giulia goran grace greta gustav hannah hans haruto hassan heidi heike helen helena henrik henry hiroshi
    hugo ibrahim igor ines ingrid irina isabel isabella ivan jack jacob jakub james jan jane janet jason
    javier jean jennifer jessica jiří joan joanna johan johannes john jonas jonathan jorge joseph josé juan
    julia julian julie juliette jürgen karen karin karl katarzyna kate katharina katherine kathleen kenji
    kevin khalid klaus krzysztof kumar lars laura lauren layla lea leila lena leo leon leonardo li lina linda
    lisa liu louis lucas lucia lucy luis luka lukas magdalena magnus malik manuel marco marek margaret maria
    marie mario mark markus marta martha martin mary mateo matteo matthew maurice max maya mei michael
    michaela michał miguel mike mikhail mina ming mohamed mohammad mohammed monica monika mustafa nadia nancy
    naomi natalia natalie nguyen nicholas nicola nicolas nina noah noor nora olaf oleg olga oliver olivia omar
    oscar otto pablo pamela patricia patrick paul paula pauline pavel pedro peter petra philip piotr priya
    rachel rafael rahul raj rajesh ralf ravi raymond rebecca renate ricardo richard robert roberto roland
    roman ronald rosa ruth ryan sabine sakura samantha samuel sandra sanjay sara sarah sebastian sergei sergio
    sharon simon sofia sophia sophie stefan stephanie stephen steven susan susanne sven svetlana tanja tatiana
    teresa theo thomas tim timothy tobias tom tomasz tony ulrich ursula valentina vanessa vera veronica victor
    victoria viktor vincent vladimir walter wei werner william wolfgang yan yasmin yuki yusuf yvonne zainab
    zhang zoe zofia
    """
)
FAMILY = _words(
    """
    adams ahmed alvarez andersen anderson andersson bailey baker bauer becker bell bennett berg bianchi brown
    bruno campbell carter castro chen clark collins cook cooper costa cruz davis diaz dubois dupont edwards
    eriksen evans fernandes fernandez ferrari fischer flores fontaine foster garcia gomez gonzalez gray green
    gupta gutierrez haas hall hansen harris hernandez hill hoffmann horvat huber hughes ivanov jackson jansen
    jensen johansen johansson johnson jones kaya kelly khan kim king klein koch kowalska kowalski kruger kumar
    lange larsen laurent lee lefebvre lehmann lewis lim lopez marino martin martinez martínez mazur mendoza
    meyer miller mitchell moore morales moreau morgan morris murphy mäkinen müller nagy nakamura nelson nguyen
    nielsen nilsson novak novotný o'brien okafor okonkwo olsen ortiz ozturk papadopoulos park parker patel
    pedersen pereira perez petrov phillips popescu popov ramirez ramos reyes ricci richardson rivera roberts
    robinson rodriguez romano rossi roux russo ryan sanchez santos sato schmidt schneider schulz schwarz
    schäfer scott sharma silva singh smirnov smith sousa stewart suzuki svensson szabó tanaka taylor thomas
    thompson torres turner vasquez virtanen wagner walker wang ward watanabe watson weber white williams
    wilson wood wright yamamoto yilmaz young zhang zimmermann
    """
)
COUNTRIES = _words(
    """
    afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahrain
    bangladesh belarus belgium bolivia bosnia botswana brazil bulgaria cameroon canada chile china colombia
    croatia cuba cyprus czechia denmark ecuador egypt england estonia ethiopia finland france georgia germany
    ghana greece greenland guatemala haiti honduras hungary iceland india indonesia iran iraq ireland israel
    italy jamaica japan jordan kazakhstan kenya korea kuwait latvia lebanon libya liechtenstein lithuania
    luxembourg malaysia malta mexico moldova monaco mongolia montenegro morocco mozambique nepal netherlands
    nigeria norway pakistan panama paraguay peru philippines poland portugal qatar romania russia rwanda
    scotland senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan
    tanzania thailand tunisia turkey uganda ukraine uruguay usa venezuela vietnam wales yemen zambia zimbabwe
    """
)
CITIES = _words(
    """
    aarhus accra amsterdam ankara antwerp athens atlanta austin baghdad baku bangkok barcelona basel beijing
    beirut belgrade bergen berlin bern birmingham bogotá bologna bonn bordeaux boston brasília bratislava
    bremen brisbane bristol brussels bucharest budapest cairo calgary cardiff casablanca chicago cologne
    copenhagen dakar dallas delhi denver detroit dresden dubai dublin düsseldorf edinburgh florence frankfurt
    geneva genoa ghent glasgow gothenburg graz hamburg hanoi helsinki houston hyderabad istanbul jakarta
    jerusalem johannesburg karachi kiev kraków kyiv kyoto lagos leeds leipzig lille lima lisbon liverpool
    ljubljana london lyon madrid malmö manchester manila marseille melbourne miami milan minsk montreal moscow
    mumbai munich nairobi nantes naples nice nottingham osaka oslo ottawa oxford palermo paris perth
    philadelphia portland porto prague quebec reykjavik riga rome rotterdam salzburg seattle seoul seville
    shanghai sofia stockholm stuttgart sydney tallinn tampere tehran tokyo toronto toulouse trondheim tunis
    turin utrecht valencia vancouver venice vienna vilnius warsaw wellington wrocław zagreb zurich zürich
    """
)
GROUPS = _words(
    """
    african american arab argentine asian australian austrian belgian brazilian british buddhist bulgarian
    canadian catholic chilean chinese christian croatian cuban czech danish dutch egyptian english estonian
    european finnish french german greek hindu hungarian indian iranian iraqi irish israeli italian japanese
    jewish kenyan korean latvian lebanese lithuanian mexican muslim nigerian norwegian pakistani polish
    portuguese protestant romanian russian scottish serbian slovak slovenian spanish swedish swiss syrian thai
    turkish ukrainian vietnamese welsh
    """
)
TITLES = _words(
    """
    dr frau herr lady lord madam miss mme monsieur mr mrs ms prof professor rev señor señora sir
    """
)
ROLES = _words(
    """
    admin all aunt boss brother captain coach colleague colleagues customer dad daddy doctor everybody everyone father
    folks friend friends granddad grandma grandpa guest guys janitor judge king manager mayor minister mom mother mum
    mummy neighbour nurse officer patient pilot president priest queen sister team teacher uncle user
    """
)
"""What somebody is called who is not named."""

STREETS = _words(
    """
    allee apartment apt ave avenida avenue blvd boulevard box calle chemin close court crescent ct dr drive
    flat floor gasse highway hwy lane ln parkway piazza place platz plaza po rd road rua rue square st strasse
    straße street suite terrace ul ulica unit via viale way weg
    """
)
WHEN = _words(
    """
    apr april aug august dec december feb february friday jan january jul july jun june mar march may monday
    nov november oct october saturday sep september sunday thursday today tomorrow tuesday wednesday yesterday
    """
)
FIRMS = _words(
    """
    ab ag bank co company corp foundation gmbh group inc institute llc ltd oy plc sa university
    """
)
STREET_ENDS = (
    "straße",
    "strasse",
    "weg",
    "gasse",
    "gatan",
    "vägen",
    "katu",
    "kuja",
    "gade",
    "vej",
    "laan",
    "straat",
    "utca",
    "tie",
)


_HEADS = _words("un re pre over sub inter multi non out up under anti auto micro co de dis mis super")
_TAILS = _words("ness ment able ability isation ization iser izer ation ful less ship ally ism ist ity ous ive")
"""What words are made of that no list has."""


@cache
def listed() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Given names, family names, words of cities and common words in many languages, read at the first use."""
    given, family, cities, common = gzip.decompress(LISTS.read_bytes()).decode().split("\n")
    return _words(given), _words(family), _words(cities), _words(common)


@cache
def ranks() -> dict[str, str]:
    """English words, each with a digit for how frequent it is, 1 the most."""
    kinds = dict.fromkeys(english().cost, "4")
    for at, word in enumerate(kinds):
        kinds[word] = next((kind for most, kind in _RANKS if at < most), "4")
    return kinds


@lru_cache(maxsize=4096)
def rank(word: str) -> str:
    """The digit of ``ranks``; 5 for a form of an English word, 6 for one made of two, empty for no English word."""
    known = ranks()
    if word in known:
        return known[word]
    if english().knows(word) or (word.endswith("ies") and f"{word[:-3]}y" in known):
        return "5"
    parts = {(word[:at], word[at:]) for at in range(2, len(word) - 2)}
    if any(head in _HEADS and tail in known for head, tail in parts):
        return "5"
    if any(
        tail in _TAILS and (head in known or f"{head}e" in known or f"{head[:-1]}y" in known) for head, tail in parts
    ):
        return "5"
    return "6" if any(head in known and tail in known and len(head) > 2 < len(tail) for head, tail in parts) else ""


@lru_cache(maxsize=4096)
def hints(word: str) -> str:
    """A letter for every list that has the word, in lower case; the well-known names have one of their own."""
    letters = "".join(letter for letter, known in _KNOWN if word in known)
    letters += "".join(letter for letter, known in zip("GFPe", listed(), strict=True) if word in known)
    return letters + "s" * (word.endswith(STREET_ENDS) and "s" not in letters)


_KNOWN = tuple(zip("gfcCntswo", (GIVEN, FAMILY, COUNTRIES, CITIES, GROUPS, TITLES, STREETS, WHEN, FIRMS), strict=True))
