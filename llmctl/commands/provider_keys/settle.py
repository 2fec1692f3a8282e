"""rotate --revoked: the user has revoked the old secrets of a key by other means."""

from __future__ import annotations

from llmctl.commands.provider_keys.dry_run import print_plan
from llmctl.commands.provider_keys.project_rotation import RotateOptions
from llmctl.errors import ExitCode, NotFoundError
from llmctl.output import Printer
from llmctl.rotation import steps
from llmctl.rotation.find_key import find_key, no_such_key
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.reader import read_snapshot
from llmctl.rotation.revocation import due, settle


def settle_by_hand(options: RotateOptions, out: Printer) -> int:
    """Ask, and record that nothing is to be revoked any more; return the exit code."""
    client = options.connections.open()
    snapshot = read_snapshot(client)
    target = find_key(snapshot, options.request.selector)
    key = snapshot.key(target.old_id)
    if key is None:
        raise no_such_key(target.old_id)
    owed = due(key)
    if options.dry_run and out.is_json:
        left = [steps.settle(key, each).text for each in owed]
        out.item({"result": "planned", "exit_code": int(ExitCode.OK), "done": [], "left": left})
        return ExitCode.OK
    if options.dry_run:
        print_plan(client, [], [steps.settle(key, each) for each in owed])
        return ExitCode.OK
    if owed:
        masks = ", ".join(f"{each.mask} ({each.provider})" for each in owed)
        options.confirm(f"Record that the old secret {masks} of key {key.id} is revoked?")
    for each in owed:
        settle(client, key, each, out.note, Patience())
    now = read_snapshot(client).key(key.id)
    if now is None:
        raise NotFoundError(f"key {key.id} is gone")
    summary = "nothing is left to revoke" if owed else "nothing to do: nothing is left to revoke"
    out.note(f"key {now.id} ({now.plain_name}): {summary}")
    if not out.repeats_notes:
        out.item(Outcome(old=None, new=now, summary=summary, changed=bool(owed)).as_output())
    return ExitCode.OK
