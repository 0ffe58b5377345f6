"""The review desk as a program: one process, no model library in it, every decision on disk at once."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from textual.app import App, SystemCommand
from textual.events import Event, InputEvent, Key
from textual.theme import Theme

from qualkit.errors import QualkitError
from qualkit.files.interviews import read_interviews
from qualkit.files.project import user_config, user_config_path
from qualkit.files.transcript import transcript_ids
from qualkit.tui import picker
from qualkit.tui.actions import bindings
from qualkit.tui.desk import Desk
from qualkit.tui.dialogs import TITLES, Help
from qualkit.tui.idle import Tidying
from qualkit.tui.keymap import keymap
from qualkit.tui.language import LANGUAGE, _
from qualkit.tui.project_screen import ProjectScreen
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.safe import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.binding import BindingType
    from textual.screen import Screen

    from qualkit.tui.queue import Onward, Order

from qualkit.files.project import Project

_CONTRAST_DARK = Theme(
    name="contrast-dark",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffa500",
    error="#ff8080",
    dark=True,
    variables={
        "text-muted": "#ffffff",
        "primary-muted": "#303000",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
    },
)
_CONTRAST_LIGHT = Theme(
    name="contrast-light",
    primary="#0000c0",
    secondary="#004040",
    accent="#0000c0",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ffffff",
    success="#004000",
    warning="#603000",
    error="#900000",
    dark=False,
    variables={
        "text-muted": "#000000",
        "primary-muted": "#d8d8ff",
        "block-cursor-background": "#0000c0",
        "block-cursor-foreground": "#ffffff",
    },
)
THEMES = ("textual-dark", "textual-light", "contrast-dark", "contrast-light", "ansi-dark", "ansi-light")

MAKING = 5.0
"""Seconds that a key waits for its screen at most."""


class Desktop(App[None]):
    """All screens over one project."""

    TITLE = "Qualkit"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self, project: Project, interview: str | None = None, keys: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.project = project
        self.first = interview
        self.keys = dict(keys or {})
        self.reading = LANGUAGE
        self.visited: list[str] = []
        """Interviews opened since the Project screen was in sight."""
        self._tidying = Tidying()
        self.set_keymap(self.keys)
        for theme in (_CONTRAST_DARK, _CONTRAST_LIGHT):
            self.register_theme(theme)

    def on_mount(self) -> None:
        """The project, or straight to one interview."""
        self._tidying.start(self)
        picker.install(self)
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            threading.Thread(target=_leave_without_terminal, args=(sys.__stdin__,), daemon=True).start()
        self.push_screen(ProjectScreen(self.project))
        if self.first is not None:
            self.review(self.first)

    def on_unmount(self) -> None:
        """Leave the process as it was."""
        self._tidying.stop()

    async def on_event(self, event: Event) -> None:
        """Let the keys go first, but none to a screen that is still being made."""
        if isinstance(event, InputEvent):
            self._tidying.pressed()
        if isinstance(event, Key):
            await self._made()
        await super().on_event(event)

    async def _made(self) -> None:
        """Wait until the screen in sight stands: a key typed ahead that closes it half made ends the desk."""
        until = time.monotonic() + MAKING
        while self.screen_stack and not self.screen.is_mounted and time.monotonic() < until:
            await asyncio.sleep(0.002)

    def review(self, interview: str, position: int | None = None) -> bool:
        """Open an interview for review; False when it cannot be read, and the user was told why."""
        try:
            desk = Desk.open(self.project, interview)
        except QualkitError as error:
            self.complain(error)
            return False
        self._tidying.whole()
        self.visited.append(interview)
        self.push_screen(ReviewScreen(desk, position), self._reviewed)
        return True

    def review_beside(self, interview: str, step: int) -> None:
        """Go from one interview to the next (or former) one that has a transcript."""
        there = set(transcript_ids(self.project))
        ids = [i.id for i in read_interviews(self.project) if i.id in there]
        at = ids.index(interview) + step if interview in ids else 0
        if 0 <= at < len(ids):
            self.pop_screen()
            self.review(ids[at])
        else:
            self.notify(_("There is no further interview."), timeout=3, markup=False)

    def go_on(self, interview: str, order: Order, onward: Onward) -> None:
        """Go to another interview with the same order of work."""
        self.pop_screen()
        if self.review(interview) and isinstance(self.screen, ReviewScreen):
            self.screen.order, self.screen.onward = order, onward

    def _reviewed(self, _nothing: None) -> None:
        if isinstance(self.screen, ProjectScreen):
            self.screen.read_again(self.visited)
            self.visited = []

    def complain(self, error: QualkitError) -> None:
        """Say what went wrong and what to do, without leaving the screen."""
        self.notify(shown(str(error)), severity="error", timeout=8, markup=False)

    async def run_action(self, *args: Any, **kwargs: Any) -> bool:
        """Run an action; a fault in a file is told, and the desk stays open."""
        try:
            return await super().run_action(*args, **kwargs)
        except QualkitError as error:
            self.complain(error)
            return True

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the panes in sight, by name."""
        seen: set[str] = set()
        for node, binding, _enabled, _tooltip in screen.active_bindings.values():
            if binding.id is None or binding.id in seen or binding.id == "app.palette":
                continue
            seen.add(binding.id)
            area = TITLES[binding.id.split(".")[0]]

            async def call(action: str = binding.action, node: Any = node) -> None:
                await self.run_action(action, node)

            yield SystemCommand(f"{area}: {binding.description}", binding.tooltip, call)

    def action_help(self) -> None:
        """The keys of the pane in focus."""
        groups = getattr(self.screen, "HELP_GROUPS", ("app",))
        self.push_screen(Help(groups, self.keys))

    def action_next_theme(self) -> None:
        """Dark, light, high contrast."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(at + 1) % len(THEMES)]

    def action_reading_language(self) -> None:
        """Names and definitions of codes in the next language."""
        languages = ("fi", "sv", "en")
        self.reading = languages[(languages.index(self.reading) + 1) % 3]
        refresh = getattr(self.screen, "update_panels", None)
        if refresh is not None:
            refresh()
        self.notify(_("Codes in: {language}").format(language=self.reading), timeout=2, markup=False)


def _leave_without_terminal(stdin: TextIO) -> None:
    """End the process when its terminal has gone without a word, as over a line that is cut.

    Nobody sees the screen any more, the loop waits for ever to draw it, and every decision is on the disk.
    """
    while stdin.isatty():
        time.sleep(5)
    os._exit(129)


def run(project: Project, interview: str | None = None) -> int:
    """Open the review desk on a project, at an interview when one is named, until the user leaves.

    Answers with 0, or with 1 where it had to end by itself.

    Raises :class:`~qualkit.errors.BadFile` for a user configuration with unknown or clashing keys.
    """
    desktop = Desktop(project, interview, keymap(user_config(), user_config_path()))
    desktop.run()
    return desktop.return_code or 0
