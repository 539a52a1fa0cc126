"""What the completion scripts offer, asked of the shells themselves: bash always, zsh and fish where they are."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import waybill


def script(shell: str) -> str:
    """The completion script of a shell."""
    done = waybill.run("completion", shell)
    assert done.returncode == 0, done.stderr
    return done.stdout


def offered_by_bash(*words: str) -> list[str]:
    """What bash offers behind these words, the last of which is not finished."""
    ask = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _waybill; printf "%s\\n" "${COMPREPLY[@]}"'
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(script("bash"))
        file.flush()
        done = subprocess.run(["bash", "-c", ask, "bash", file.name, *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


class CompletionTest(unittest.TestCase):
    """Commands, their commands, and options."""

    def test_bash_offers_what_fits_the_place(self) -> None:
        self.assertEqual(offered_by_bash("waybill", "ser"), ["serve"])
        self.assertEqual(offered_by_bash("waybill", "account", ""), ["create", "list", "rotate", "disable", "--help"])
        self.assertEqual(offered_by_bash("waybill", "serve", "--demo", "--liste"), ["--listen"])
        self.assertIn("--data", offered_by_bash("waybill", "account", "--data", "x", "create", "--"))

    def test_bash_leaves_the_value_of_an_option_to_the_files(self) -> None:
        self.assertEqual(offered_by_bash("waybill", "serve", "--data", ""), [])

    def test_no_secret_has_a_flag(self) -> None:
        self.assertNotIn("--auth-token", offered_by_bash("waybill", "serve", "--"))

    def test_fish_offers_the_same(self) -> None:
        if shutil.which("fish") is None:
            self.assertIn("complete -c waybill", script("fish"))
            return
        with tempfile.NamedTemporaryFile("w", suffix=".fish") as file:
            file.write(script("fish"))
            file.flush()
            ask = f'source {file.name}; complete -C "waybill account cr"'
            done = subprocess.run(["fish", "--no-config", "-c", ask], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split("\t")[0], "create")

    def test_zsh_can_read_its_own(self) -> None:
        if shutil.which("zsh") is None:
            self.assertTrue(script("zsh").startswith("#compdef waybill\n"))
            return
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "_waybill").write_text(script("zsh"), encoding="utf-8")
            done = subprocess.run(["zsh", "-f", "-c", f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; "
                                   "print $_comps[waybill]"], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.strip(), "_waybill")

    def test_another_shell_is_refused(self) -> None:
        done = waybill.run("completion", "csh")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'csh' (there are bash, zsh and fish)", done.stderr)


if __name__ == "__main__":
    unittest.main()
