"""English nouns for what actions are about. A phrase has up to three words."""

from __future__ import annotations

from lukhas_common.consent.vocabulary import ConsentScope
from lukhas_common.guardian.actions.kinds import Kind
from lukhas_common.guardian.actions.tables import by_noun, split

NOUNS = by_noun(
    {
        Kind.CREDENTIALS: """
            password, passcode, passphrase, credential, api key, secret key, private key, ssh key, access token,
            access key, auth token, refresh token, session cookie, seed phrase, recovery code, otp, 2fa code, pin code,
            one time code, verification code, client secret, cvv
        """,
        Kind.MEDICAL: """
            medication, medicine, dose, dosage, prescription, insulin, diagnosis, patient, surgery, drug,
            blood pressure, pacemaker, ventilator, infusion, antibiotic, opioid, vaccine, medical, symptom, pill
        """,
        Kind.LEGAL: """
            contract, lawsuit, nda, legal, will, testament, plea, settlement, court, agreement, power of attorney,
            lease, terms of service, patent, tax return, divorce, custody, affidavit, deed
        """,
        Kind.MINORS: "child, children, minor, kid, toddler, teenager, pupil, schoolchild, my son, my daughter",
        Kind.SELF_HARM: """
            suicide, suicidal, kill myself, kill me, end my life, hurt myself, harm myself, self harm, overdose,
            hang myself, cut myself, noose, die by
        """,
        Kind.AGE_RESTRICTED: """
            alcohol, beer, wine, vodka, whisky, whiskey, liquor, cigarette, tobacco, vape, cannabis, casino, gambling,
            lottery, firearm, gun, ammunition, pornography, fireworks
        """,
        Kind.SYSTEM: """
            database, server, disk, cluster, bucket, volume, partition, filesystem, file system,
            repository, production, prod, cloud, infrastructure, hard drive, namespace, operating system,
            home directory
        """,
        Kind.RECORDS: "backup, log, audit log, audit trail, snapshot, archive of record, evidence, audit",
    }
)
"""What an action is about."""

PERSONAL: dict[str, ConsentScope] = {
    form: scope
    for scope, phrases in {
        ConsentScope.ELR: """
            personal data, personal information, personal detail, my data, user data, customer data, pii, my profile,
            private data, customer list, customer record, user record, personnel file, private information
        """,
        ConsentScope.ELR_HEALTH: """
            medical record, health record, health data, my prescription, my diagnosis, my medication, my symptom,
            test result, lab result, patient data, patient record, patient, medical history, therapy note, hiv status
        """,
        ConsentScope.ELR_LOCATION: "location, gps, whereabouts, travel history, home location",
        ConsentScope.ELR_MEDIA: "my photo, photo album, private photo, my picture, voice recording, nude, camera roll",
        ConsentScope.ELR_RELATIONSHIPS: "contact list, address book, my contact, phone contact, friend list",
        ConsentScope.ELR_DEMOGRAPHICS: """
            ssn, social security number, passport, birth date, date of birth, home address, postal address, my address,
            phone number, driving licence number, national id, id card, ethnicity, nationality
        """,
        ConsentScope.ELR_FINANCES: """
            bank statement, salary, income, payslip, credit card, card number, bank detail, bank account,
            account number,
            credit score, debt
        """,
        ConsentScope.ELR_BELIEFS: "religion, religious belief, political view, political opinion, vote",
        ConsentScope.ELR_MEMORIES: "diary, my journal, my memory, my memories, life history",
        ConsentScope.ELR_ACTIVITIES: "browsing history, search history, my calendar, purchase history",
    }.items()
    for phrase in split(phrases)
    for form in (phrase, phrase + "s")
}
"""Personal data, with the scope of consent that covers it."""
