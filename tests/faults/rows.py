"""Every row of the table: the fault injected and the result expected."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A fault, a bad input or an attack, and llmctl's response."""

    injected: str
    expected: str


ROWS: dict[str, Row] = {
    # A. The credential goes only where it should.
    "A01": Row(".netrc has an entry for the host", "the configured key is sent"),
    "A02": Row("NETRC names a file with a default entry", "the configured key is sent"),
    "A03": Row("a host with userinfo", "exit 3, no connection"),
    "A04": Row("a host that looks like the stored key's", "exit 3, no connection"),
    "A05": Row("another host than the stored key's, by option or variable", "exit 3"),
    "A06": Row("plain http to another machine", "exit 3, nothing sent"),
    "A07": Row("a redirect on the same origin", "exit 3 with its origin, not followed"),
    "A08": Row("a redirect to another port, host or scheme", "exit 3, no connection there"),
    "A09": Row("a create redirected (302) to a valid list", "exit 3, never called created"),
    "A10": Row("the next page's link on another origin", "exit 7, no key there, no part as whole"),
    "A11": Row("next links that loop or never end", "exit 7 after a bounded number of pages"),
    "A12": Row("ids with slashes, dots, ?, #, %, empty, 10 kB", "exit 2, no request"),
    "A13": Row("a name that two keys have", "exit 2 with both ids, no write"),
    "A14": Row("a certificate of an unknown authority", "exit 7 in words, no HTTP sent"),
    "A15": Row("certificate of another host, expired; TLS 1.1; no TLS", "exit 7, no HTTP sent"),
    "A16": Row("REQUESTS_CA_BUNDLE missing, empty, garbage, a folder", "exit 3 in one line"),
    "A17": Row("a private authority in REQUESTS_CA_BUNDLE", "it works"),
    "A18": Row("HTTPS_PROXY, NO_PROXY", "CONNECT without the key; NO_PROXY honoured"),
    "A19": Row(
        "a dead proxy, one with a password, one that needs socks", "exit 7 or 3, no password"
    ),
    "A20": Row("a key of the other region", "exit 4 with a hint at the host, one request"),
    # B. The network and the response.
    "B01": Row("no response to a read", "exit 7 within the deadline"),
    "B02": Row("no response to a write", "exit 8 with what to check, one request"),
    "B03": Row("the body arrives byte by byte", "exit 7 within the deadline"),
    "B04": Row("the headers arrive byte by byte", "exit 7 within the deadline"),
    "B05": Row("a name with four dead addresses", "exit 7 within one deadline, not four"),
    "B06": Row("a body shorter than its length", "exit 7, a write 8; nothing on standard output"),
    "B07": Row("chunks cut, a bad chunk size", "exit 7, a write 8; nothing on standard output"),
    "B08": Row("no length, JSON cut", "exit 7, a write 8"),
    "B09": Row("FIN or RST after a read", "three tries with growing waits, then exit 7"),
    "B10": Row("FIN or RST after a create", "one POST; exit 0 if it is found, else 8"),
    "B11": Row(
        "a kept connection is dropped before a write", "the write is sent once, on a new connection"
    ),
    "B12": Row("503 on a read", "three tries, then exit 7 with the server's words"),
    "B13": Row("503 on a create", "one POST; exit 0 if it is found, else 8"),
    "B14": Row("429 with Retry-After: 1", "waits, says so, succeeds; a write too"),
    "B15": Row("429 with Retry-After: 86400", "exit 7 at once, with the time"),
    "B16": Row("Retry-After absurd, in the past, twice", "taken as absent or 0, no crash"),
    "B17": Row("a body of 256 MiB", "exit 7, less than 150 MB; with a redirect exit 3"),
    "B18": Row("gzip bombs, once, three and eight times packed", "exit 7, less than 150 MB"),
    "B19": Row("a JSON key twice", "exit 7, a write 8"),
    "B20": Row("NaN, Infinity, 1e999, 5,000 digits", "exit 7, a write 8"),
    "B21": Row("bad UTF-8, a BOM, UTF-16; a lone surrogate", "exit 7, a write 8; escaped"),
    "B22": Row("JSON nested more than 100 deep, up to 200,000", "exit 7, a write 8"),
    "B23": Row(
        "null, a list, no results, id null; unknown fields, values", "exit 7, a write 8; shown"
    ),
    "B24": Row("200 with an HTML page", "exit 7, a write 8; never an empty list"),
    "B25": Row("502 and 504 with a gateway's HTML", "one short line; exit 7, for a write 8"),
    "B26": Row("204 on delete; 204 on a list", "exit 0; exit 7"),
    "B27": Row("202, 304, 3xx without Location, 103 then 200, 999", "exit 7, a write 8"),
    "B28": Row("huge or many headers, no HTTP, an SSH banner", "exit 7 in one line, a write 8"),
    "B29": Row("401, 403", "exit 4, the missing scope named, no write after"),
    "B30": Row("403: closed to personal API keys", "exit 4: the endpoint, not the key"),
    "B31": Row("404 in HTML; 404 in JSON", "exit 3: wrong host; exit 5: not found"),
    "B32": Row("the second page fails", "json: nothing; streams: N of M printed; exit 7"),
    "B33": Row("the clock is wrong by a year", "the TLS error mentions the clock"),
    # C. Secrets.
    "C01": Row("a key that ends in LF or CRLF", "it works"),
    "C02": Row(
        "a key with a line break and a header in it", "exit 3 (an option: 2), position named"
    ),
    "C03": Row(
        "a key with quotes, NUL, ESC, spaces, accents", "exit 3 (an option: 2), code point named"
    ),
    "C04": Row("an empty key, no key", "exit 3, no connection"),
    "C05": Row("any failure at any verbosity", "no canary in any output or file"),
    "C06": Row("a bug in llmctl", "exit 1, one line, no source, no values"),
    "C07": Row("a key as an option's value", "exit 2 with the ways to give it"),
    "C08": Row("a key typed as a command or argument", "exit 2, not repeated"),
    "C09": Row("--help with keys in environment and files", "not shown"),
    "C10": Row("ps during the run", "no canary in any command line"),
    "C11": Row("umask 000 at the first write", "files 0600, directory 0700"),
    "C12": Row("a credentials file of mode 0644", "exit 3 with the command that fixes it"),
    "C13": Row("another user watches 500 rewrites", "never reads the key"),
    "C14": Row("the file is a link into a dotfiles folder", "the target changes, the link stays"),
    "C15": Row("the lock or a temporary file planted as a link", "refused, the victim unchanged"),
    "C16": Row("the keyring absent, locked, hanging", "a note and the file, within 3 seconds"),
    "C17": Row("a prompt without a terminal, stdin closed", "exit 2 at once"),
    "C18": Row("a key of 10 MB, with NUL, of two lines on stdin", "exit 2"),
    "C19": Row("a hostile current directory", "nothing in it is loaded"),
    "C20": Row("SIGABRT during a rotation", "no core file"),
    "C21": Row("debug variables of Python and llmctl", "no canary"),
    "C22": Row("profiles show", "the key is masked"),
    # D. Terminal and output.
    "D01": Row("rich markup and emoji codes in a name", "shown as they are"),
    "D02": Row("unbalanced markup and a backslash in a name", "shown as they are, exit 0"),
    "D03": Row("CSI and OSC sequences in a name", "no ESC but llmctl's own"),
    "D04": Row("C1, NUL, DEL, BS, BEL in a name", "a visible escape"),
    "D05": Row("bidi and zero-width characters, a BOM", "a visible escape"),
    "D06": Row("CR, LF, tab, VT, U+2028 in a name", "one row an object"),
    "D07": Row("wide, combining and joined characters", "aligned, never split inside one"),
    "D08": Row("the same in errors, reasons, request ids, questions, -v", "a visible escape"),
    "D09": Row(
        "-o json under colour and CI variables, narrow, on a terminal", "one plain document"
    ),
    "D10": Row("the JSON of each command", "documented fields with stable types"),
    "D11": Row("a table in a pipe", "ids and names whole, no boxes"),
    "D12": Row("NO_COLOR, TERM=dumb, no TERM", "no escape sequence at all"),
    "D13": Row("a text with ::, ##[ or ##vso[", "no CI takes a line for a command"),
    # E. Configuration file.
    "E01": Row("four writers at once", "every profile of each"),
    "E02": Row("kill -9 during rewrites", "always the old or the new content"),
    "E03": Row("a full disk", "exit 3, the old file whole, nothing left"),
    "E04": Row("a file system or HOME that is read-only", "reading works, writing is exit 3"),
    "E05": Row("the lock held by a live process", "exit 3 within 10 seconds, the holder named"),
    "E06": Row("the holder of the lock killed", "the next command proceeds"),
    "E07": Row("temporary files left behind", "swept, and never readable by others"),
    "E08": Row("unknown keys, a newer version", "kept; not written"),
    "E09": Row("a key twice, NUL, latin-1, cut", "exit 3 with the line, untouched; CRLF works"),
    "E10": Row("the file is a directory, a FIFO, a device", "exit 3 at once"),
    "E11": Row("no HOME and no user entry; HOME=/; a relative one", "exit 3; works by environment"),
    "E12": Row("odd profile names", "exit 2, or stored and read back"),
    # F. Rotation.
    "F01": Row("a fault at each request, then the command again", "the end of an undisturbed run"),
    "F02": Row("two faults in one run", "the end of an undisturbed run"),
    "F03": Row("kill -9, SIGINT, SIGTERM at each request", "the end of an undisturbed run"),
    "F04": Row("the command again after success", "exit 0, no write"),
    "F05": Row("the same command twice at once", "both exit 0, one key"),
    "F06": Row("two rotations with different secrets", "one wins, the other exit 10, no key left"),
    "F07": Row("a third key becomes active partway", "exit 10, nothing deleted"),
    "F08": Row("the old key is deleted half-way by somebody", "exit 0 or 10 by state"),
    "F09": Row("the answer to the delete is lost", "exit 0 only once the list confirms it"),
    "F10": Row("the provider calls the secret invalid", "exit 6, the old key untouched"),
    "F11": Row("a secret of another provider", "exit 6 before any change"),
    "F12": Row("403 on activating or on deleting", "exit 4 or 11, the new key named"),
    "F13": Row("403 on validate", "stops before the first write"),
    "F14": Row("evaluations depend on the key", "none stops, all on the new key"),
    "F15": Row("deleting the only key, in use", "exit 2 without --force"),
    "F16": Row("the old key on the third page", "found"),
    "F17": Row("--dry-run", "no write, the plan printed, exit 0"),
    "F18": Row("no terminal and no --yes", "exit 2 before any request"),
    "F19": Row("--keep-old, then --finish or --rollback", "pointer and keys as promised"),
    "F20": Row("a pending key that nobody finishes", "audit lists it; the rotation exit 10 or 11"),
    "F21": Row("standard output full during a rotation", "exit 74, done; again: no write"),
    "F22": Row("requests of one rotation", "in place below 8, replace below 25"),
    # G. Shell and process.
    "G01": Row("| head -1", "141, or 0 if all was written; stderr empty"),
    "G02": Row("the reader is gone before the first byte", "141; stderr empty"),
    "G03": Row("standard output on a full disk", "74, one line"),
    "G04": Row("standard output closed", "74"),
    "G05": Row(
        "standard error closed or full during a write of settings", "settings whole, exit 0"
    ),
    "G06": Row("Ctrl-C during a read or at a question", "130, the line ended, no traceback"),
    "G07": Row("Ctrl-C during a write", "130 and what to check"),
    "G08": Row("SIGTERM, SIGHUP", "143, 129"),
    "G09": Row("the server hangs up during an upload", "exit 7 or 8 with a message"),
    "G10": Row("C locale, ascii and latin-1 output", "exit 0, backslash escapes"),
    "G11": Row("COLUMNS 1, 0, -1, abc", "readable or ignored"),
    "G12": Row("argv that is not UTF-8, empty, or starts with -", "exit 2, or -- works"),
    "G13": Row("a deleted current directory; an empty environment", "it works"),
    "G14": Row("each kind of failure", "its own exit code; standard output empty"),
    "G15": Row("an unknown command, option or type", "exit 2, no traceback"),
    "G16": Row("--help, --version with broken settings", "work, no network, nothing written"),
    # H. The server did something else than was asked.
    "H01": Row(
        "evaluation-reports create where the evaluation has a report",
        "exit 10, nothing overwritten; exit 12 if the server changes it anyway",
    ),
    "H02": Row(
        "the server ignores or changes a field that was sent",
        "exit 12, each field named as sent and as stored; the object is printed",
    ),
    "H03": Row(
        "a new secret with the stored one's mask; its PATCH is lost",
        "exit 8: the mask proves nothing; exit 0 where it changed",
    ),
    "H04": Row("reads that lag behind writes", "waits; exit 0, or 8 or 11; nobody is accused"),
    "H05": Row(
        "a create is applied after the rerun has finished", "the next rerun removes it; exit 0"
    ),
    "H06": Row(
        "a server that requires a client certificate; unusable certificate files",
        "exit 7 after one try, a write too; exit 3, nothing sent",
    ),
    "H07": Row(
        "408, 421, 425 and other refusals",
        "reads are retried; a write exits 4 to 7 if it was certainly refused, else 8",
    ),
    "H08": Row("one evaluation cannot be moved", "it is named, the others are moved; exit 11"),
    "H09": Row("a finished rotation is run again", "exit 0, nothing is written"),
    "H10": Row("the provider fails while a secret is written", "exit 7; a refused secret is 6"),
    "H11": Row(
        "the process stops before a write that cannot be undone, and another client writes",
        "the project is read again; the newer secret stays",
    ),
    # I. The old secret.
    "I01": Row("one of many projects with one old secret fails", "not revoked until all are done"),
    "I02": Row(
        "killed before, within or after the revoke command; the command fails",
        "exit 11 until it has exited 0, in every later run; the key's name remembers it",
    ),
    "I03": Row(
        "a command that prints the new secret, prints 1 MB, or hangs",
        "masked; the end shown; stopped: exit 2 (the key), 11 (the old secret)",
    ),
    "I04": Row(
        "a replacement is abandoned, and a newer secret comes",
        "the leftover gets that secret before anything is moved to it",
    ),
    "I05": Row("one of two kept keys is renamed", "exit 10, naming both keys"),
    "I06": Row(
        "many evaluations, many keys, a rate limit", "3 requests a moved evaluation + 30; exit 0"
    ),
    # J. The state of the project.
    "J01": Row(
        "an evaluation that the server stopped because of a key; then the key gets a new secret",
        "rotate and audit name it, why, and what to do; audit --fail exits 6",
    ),
    "J02": Row(
        "an active key for another provider than that of unpinned evaluations and taggers",
        "set-active-key, create --set-as-active and audit name those that are left without a key; "
        "audit --fail exits 6",
    ),
    "J03": Row("a dead key, or none, for a tagger only", "audit names the tagger; --fail exits 6"),
    "J04": Row("a dead key that only paused evaluations use", "audit lists it; --fail exits 0"),
    "J05": Row(
        "a rotation that was started long ago, or just now",
        "audit names it, and how to end it; --fail exits 6, or 0",
    ),
    "J06": Row(
        "a key in use in the state error, invalid or unknown",
        "exit 7, 6 or 6; one line with the server's reason, the key, its mask and what to run",
    ),
    "J07": Row(
        "a key with pinned evaluations, unpinned ones that run on it, and taggers",
        "delete and rotate name them all, in the question as well as with --yes",
    ),
    "J08": Row(
        "audit of several projects, some unreachable, some with a wrong key",
        "the others are audited, in the order of the profiles; each failure is named; 6 before 7",
    ),
    # K. Keys and projects given by mistake.
    "K01": Row(
        "--api-key-command with --dry-run, or with a check, a question or a command that fails",
        "the command runs last and once, and not in a dry run; nothing is changed",
    ),
    "K02": Row(
        "a secret that is the personal key, a mask, JSON, quoted, a reference or null",
        "exit 2, nothing sent, not repeated",
    ),
    "K03": Row(
        "not a personal key: quoted, a reference, JSON, a mask, another service's key",
        "exit 3, nothing sent or stored, not repeated",
    ),
    "K04": Row("one of many profiles is missing or incomplete", "exit 3, nothing done in any"),
    "K06": Row(
        "a secret in place of an ID, a name or a profile", "exit 2, neither sent nor repeated"
    ),
    "K07": Row(
        "project and host variables beside --profiles", "ignored with a note; stored projects used"
    ),
    # L. Lists, times, and what failed on the way to the server.
    "L01": Row("a dead address before a live one", "exit 0 within 5 seconds"),
    "L02": Row(
        "150 rows inserted in a list of 300, newest first, after its first page of 100",
        "no row twice, in bounded memory; a note",
    ),
    "L03": Row(
        "a time of August, shown in November; times on both sides of a change of the clock",
        "get shows the zone that applied at each time; lists show ages",
    ),
    "L04": Row(
        "Retry-After as a date, the server's clock an hour off", "waits by the response's Date"
    ),
    "L05": Row(
        "a proxy that drops, stalls, refuses or lacks TLS", "exit 7 with its address; 407 once"
    ),
    "L06": Row(
        "a bundle without the issuer, an invalid authority", "exit 7 with the bundle in use"
    ),
    "L07": Row("401 or 403 from a gateway", "exit 4: a gateway answered, not PostHog"),
    # M. This machine: the command line, the shell, files, the installation.
    "M01": Row(
        "HOME or the cache cannot be entered, read or written",
        "exit 0 with settings from the environment; else exit 3 with the reason",
    ),
    "M02": Row("TZ is odd: UTC+0530, a missing file, empty", "works; UTC if it is not a zone"),
    "M03": Row(
        "host and project variables of other programs, or beside a profile; wrong settings",
        "only those of the source are read; profiles show prints everything; the hints work",
    ),
    "M04": Row(
        "a byte order mark in a file, a key or the settings; UTF-16",
        "read; UTF-16 without a mark is named",
    ),
    "M05": Row("a zipapp", "completion, help and the sandbox work"),
    "M06": Row("no extra, under pip, pipx, uv tool, uvx", "exit 3 with that installer's command"),
    "M07": Row(
        "a key pasted with spaces or a terminal's paste markers", "the key without them is used"
    ),
    "M08": Row(
        "-0, 1E5, 20 decimals, 30 digits in a response and in a request",
        "printed and sent unchanged; compared by value",
    ),
    "M09": Row("-o=json, -p=sandbox, -d={}", "exit 2 with the hint to write -o json; nothing sent"),
    "M10": Row("@~/FILE, and --api-key-file=~/FILE", "~ is the home directory"),
    "M11": Row(
        "completion --install: lists, relative directories, a home that needs quotes",
        "written where the shell looks, or exit 3; the line to add works as printed",
    ),
    "M12": Row("Typer's completion variables", "ignored, whatever their value"),
    "M13": Row("FORCE_COLOR 0, false, empty, with NO_COLOR", "no colour"),
    "M14": Row(
        "a misspelt or foreign command, option or choice",
        "exit 2; the word, unless it may be a secret, and the nearest one",
    ),
    "M15": Row(
        "a pinned prefix that the server no longer uses", "the error names the pin and its profile"
    ),
    "M16": Row(
        "profiles show NAME, GROUP help, headings and paths in --columns, a unique --name",
        "accepted; exit 2 with the candidates if a name is ambiguous",
    ),
    # N. A project's file from someone else.
    "N01": Row(
        "a file that names a command, a file or a variable as the source of a secret",
        "diff, apply --dry-run and apply without --yes run and read none of them",
    ),
    "N02": Row(
        "another host or project as the file's target or source",
        "exit 3 for the target; requests go to the selected project only",
    ),
    "N03": Row(
        "escape sequences, HTML, links and mentions in a file's names and prompts",
        "visible escapes on a terminal; plain text in Markdown",
    ),
    "N04": Row(
        "at each request of an apply: it or its response is lost, throttled or refused; the "
        "process is killed or interrupted",
        "exit 8 or 11 after the first write, what is done and left; another run finishes it",
    ),
    "N05": Row(
        "another client changes, deletes or creates an object during an apply",
        "exit 10 with the change, which is kept",
    ),
    "N06": Row(
        "a provider key is used again before apply --prune deletes it", "exit 10, not deleted"
    ),
    "N07": Row(
        "the active key becomes one of another provider",
        "evaluations that run before and after have a key after each write, or exit 2",
    ),
    "N08": Row("the server ignores a field of the file", "exit 12 with both values"),
    "N09": Row(
        "a rotation of a key that the file changes is pending", "exit 10, nothing is written"
    ),
}
