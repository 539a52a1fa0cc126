"""`waybill generate`: whose events it makes, and how many."""

from __future__ import annotations

import unittest

import events
import waybill
from case import ServerCase

ACCOUNT = "AC" + "ab" * 16
WORKSPACE = "WS" + "cd" * 16


class Generate(ServerCase):
    """One command, and its events."""

    def test_events_belong_to_the_account_of_the_environment(self) -> None:
        result = waybill.run("generate", "--events", "50", environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual({event["account_sid"] for event in events.parse_lines(result.stdout)},
                         {waybill.CREDENTIALS["WAYBILL_ACCOUNT_SID"]})

    def test_account_workspace_and_name_can_be_given(self) -> None:
        result = waybill.run("generate", "--events", "3000", "--account", ACCOUNT, "--workspace", WORKSPACE, "--name",
                             "Support \"Nord\"", environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 0, result.stderr)
        made = events.parse_lines(result.stdout)
        self.assertEqual({(event["account_sid"], event["workspace_sid"]) for event in made}, {(ACCOUNT, WORKSPACE)})
        self.assertIn("Support \"Nord\"", {event["event_data"].get("workspace_name") for event in made})
        result = waybill.run("import", "--data", self.data, "-", stdin=result.stdout.encode(),
                             environment={"WAYBILL_ACCOUNT_SID": ACCOUNT})
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_same_seed_start_and_flags_give_the_same_bytes(self) -> None:
        flags = ("--workspace", WORKSPACE)
        self.assertEqual(events.generated_lines(500, 3, *flags), events.generated_lines(500, 3, *flags))
        self.assertNotEqual(events.generated_lines(500, 3, *flags), events.generated_lines(500, 4, *flags))

    def test_counts_may_be_written_shortly(self) -> None:
        for text, count in (("7", 7), ("1_000", 1000), ("1k", 1000), ("1.5K", 1500), ("0.002M", 2000)):
            result = waybill.run("generate", "--events", text)
            self.assertEqual((result.returncode, result.stdout.count("\n")), (0, count), text)

    def test_what_is_no_count_and_no_owner_is_refused(self) -> None:
        cases = ((("--events", "0"), "--events: '0' is not between 1 and 10000000000"),
                 (("--events", "11G"), "--events: '11G' is not between"),
                 (("--events", "1.2345k"), "--events: '1.2345k' is no number such as 1000, 1_000, 100k or 1M"),
                 (("--events", "1.5"), "'1.5' is no number"), (("--events", "-1"), "'-1' is no number"),
                 (("--events", "k"), "'k' is not between"), (("--events", "99999999999999999999"), "is no"),
                 (("--events", "1", "--account", "AC1"), "--account: 'AC1' must match"),
                 (("--events", "1", "--workspace", "x"), "--workspace: 'x' must match"))
        for flags, why in cases:
            result = waybill.run("generate", *flags)
            self.assertEqual((result.returncode, result.stdout), (2, ""), flags)
            self.assertIn(why, result.stderr)
        result = waybill.run("generate", "--events", "1", environment={"WAYBILL_ACCOUNT_SID": "mine"})
        self.assertEqual(result.returncode, 2)
        self.assertIn("WAYBILL_ACCOUNT_SID: 'mine' must match", result.stderr)


if __name__ == "__main__":
    unittest.main()
