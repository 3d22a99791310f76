"""English verbs for effects. A phrase has up to three words, articles left out."""

from __future__ import annotations

from lukhas_common.guardian.actions.kinds import Kind
from lukhas_common.guardian.actions.tables import by_verb, forms

VERBS = by_verb(
    {
        Kind.READ: """
            read, get, list, show, view, open, fetch, check, look, see, display, load, download, describe, summarize,
            summarise, explain, translate, tell, count, compute, calculate, compare, analyze, analyse, review, inspect,
            verify, validate, monitor, watch, listen, play, remind, answer, give, convert, classify, suggest, recommend,
            proofread, paraphrase, rewrite, rephrase, rank, track, extract, identify, determine, evaluate, name,
            discuss, brainstorm, plan, think, imagine, solve, predict, estimate, select, choose, detect, provide,
            outline, define, use, navigate, click, scroll, ping, visit, browse, go, print, query,
            access, teach, inform, come up with, decide, output, return, act, rate, express, guess, quiz, chat,
            retrieve,
            simplify, elaborate, respond with, reason, argue, ask, greet, interpret, act as, refresh, scan, examine,
            collect, gather, assist, help with
        """,
        Kind.SEARCH: "search, find, browse, lookup, look up, query, filter, sort, discover, locate, explore, research",
        Kind.WRITE: """
            write, create, add, save, update, edit, set, append, rename, move, copy, upload, draft, make, generate,
            compose, insert, replace, modify, change, mark, label, tag, archive, star, note, store, sync, import, put,
            design, build, construct, develop, fill, complete, format, organize, organise, record, arrange, assign,
            configure, patch, fix, implement, refactor, turn, prepare, correct, schedule, log, pin, merge,
            remember, craft,
            commit, link, lock, turn on, turn off, switch on, switch off, dim, curate, invent, split, shorten, expand,
            adjust, reschedule, promote, test, train, clean, enable, activate, transcribe, resize, mute,
            restart, start, stop, cancel, pause, resume, unsubscribe
        """,
        Kind.DESTRUCTIVE: """
            delete, remove, erase, wipe, purge, drop, destroy, truncate, shred, uninstall, kill, terminate, reset,
            overwrite, revoke, discard, obliterate, nuke, unlink, rmdir, expunge, deprovision, decommission, reformat,
            clear out, get rid of, empty, trash, annihilate, wreck, format disk
        """,
        Kind.FINANCIAL: """
            pay, transfer, wire, withdraw, deposit, donate, invest, remit, refund, trade, sell, charge, lend, borrow,
            send money, repay, reimburse, tip, pledge, stake, short, bet, gamble, payout, make payment, process payment,
            make transfer, make deposit, issue refund
        """,
        Kind.PURCHASE: "buy, purchase, order, checkout, check out, subscribe, preorder, reorder, add to cart",
        Kind.BOOKING: "book, reserve, rent, hire, make reservation, make booking",
        Kind.EXTERNAL_COMMUNICATION: """
            send, email, e mail, mail, message, text, sms, forward, reply, respond, notify, call, phone, invite, dm,
            share, contact, fax, submit, leak, exfiltrate, disclose, post to, reach out, whatsapp, ship,
            export, sell data, sell user data, sell personal data, sell customer data
        """,
        Kind.PUBLICATION: "publish, post, tweet, announce, broadcast, blog, release, make public, upload publicly",
        Kind.CODE_EXECUTION: """
            run, execute, eval, exec, install, deploy, launch, invoke, compile, bash, shell, sudo, spawn, start script
        """,
        Kind.ACCOUNT_CHANGE: """
            register, sign up, enrol, enroll, deactivate, disable account, close account, grant, promote user,
            demote, ban,
            suspend, change password, reset password, change email, rotate key, rotate credentials,
            modify permissions, change permissions, update permissions, cancel subscription, cancel booking,
            cancel order, cancel flight, cancel account
        """,
        Kind.PHYSICAL: """
            unlock, ignite, dispense, inject, actuate, fly drone, land drone, open door, open front door, open garage,
            open gate, open valve, close valve, start engine, start car, start oven, disarm, preheat, turn on oven,
            turn on stove, turn on heater, turn off alarm, switch off alarm, turn off heating, disable alarm,
            move robot,
            start machine, stop machine, start pump, stop pump
        """,
        Kind.COMMITMENT: """
            sign, accept, agree, waive, sue, plead, settle, notarize, notarise, countersign, authorise, authorize,
            approve,
            file lawsuit, file claim, file complaint, file motion, file taxes, file tax return, file divorce
        """,
        Kind.TREATMENT: """
            prescribe, diagnose, medicate, administer, titrate, change dose, adjust dose, increase dose, double dose,
            stop medication
        """,
        Kind.SURVEILLANCE: "spy, stalk, wiretap, eavesdrop, surveil, dox, doxx, deanonymize, deanonymise",
        Kind.DECEPTION: """
            impersonate, pretend to be, pose as, forge, fake, falsify, counterfeit, phish, scam, deceive, mislead,
            trick, gaslight, lie to, manipulate user, manipulate people, manipulate voters
        """,
        Kind.SECURITY_WEAKENING: """
            disable firewall, disable antivirus, disable logging, disable mfa, disable security, turn off firewall,
            bypass, jailbreak, steal credentials, steal passwords, elevate privileges,
            grant admin, make admin, escalate, exploit, hack, disable authentication,
            disable encryption, disable monitoring, disable audit, disable guardian
        """,
    }
)
"""What the first words of a clause say is to be done."""

ALWAYS = by_verb(
    {
        Kind.DESTRUCTIVE: "delete, erase, wipe, purge, destroy, truncate, shred, uninstall, obliterate, overwrite",
        Kind.FINANCIAL: "send money, wire transfer, bank transfer, money transfer, make payment, make a payment",
        Kind.SURVEILLANCE: "without her knowledge, without his knowledge, without their knowledge",
        Kind.DECEPTION: "impersonate, pretend to be, pretending to be",
        Kind.PUBLICATION: "make public",
        Kind.PURCHASE: "add to cart",
        Kind.ACCOUNT_CHANGE: "change password, reset password, close account, delete account",
    },
    inflected=True,
)
"""What says so wherever it stands, as in "shall be erased"."""

INFLECTED = {form: kinds for verb, kinds in VERBS.items() if " " not in verb for form in forms(verb)} | VERBS
"""For the first word, as in "Deleting old files"."""
