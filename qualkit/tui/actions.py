"""Every action of the review desk: one table that bindings, palette, help and docs are made from.

An id is what a user's keymap names (``[keys]`` in the user's configuration);
it never changes once released.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType

from qualkit.tui.language import _


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do, with the keys that do it."""

    id: str
    keys: str
    """Textual key names, comma between alternatives."""
    call: str
    """The ``action_*`` method, with arguments."""
    name: str
    help: str
    show: bool = False
    """In the footer too."""


_APP = (
    Action("app.palette", "ctrl+p", "command_palette", _("Commands"), _("Find any action by name"), True),
    Action("app.help", "question_mark,f1", "help", _("Help"), _("The keys of the pane you are in"), True),
    Action("app.quit", "ctrl+q", "quit", _("Quit"), _("Leave Qualkit; everything is saved already")),
    Action("app.theme", "ctrl+t", "next_theme", _("Theme"), _("Dark, light, high contrast dark or light")),
    Action(
        "app.reading",
        "L",
        "reading_language",
        _("Language"),
        _("Next language for names and definitions of codes"),
    ),
)

_PROJECT = (
    Action("project.open", "enter", "open", _("Review"), _("Review the interview under the cursor"), True),
    Action("project.search", "slash", "search", _("Search"), _("Search all transcripts"), True),
    Action("project.codebook", "c", "codebook", _("Codebook"), _("The tree of codes with counts"), True),
    Action("project.picture", "p", "picture", _("Picture"), _("Codes by site, down to the quotes"), True),
    Action("project.clusters", "n", "clusters", _("New themes"), _("Passages that no code holds, in groups")),
    Action(
        "project.bulk", "A", "bulk", _("Bulk"), _("Accept what the engine is certified for, after a check")
    ),
    Action("project.settle", "d", "settle", _("Settle"), _("What two coders judged otherwise, side by side")),
    Action(
        "project.transcribe",
        "t",
        "job('transcribe')",
        _("Transcribe"),
        _("Transcribe what is not transcribed yet"),
    ),
    Action(
        "project.suggest", "s", "job('suggest')", _("Suggest"), _("Have codes suggested for every interview")
    ),
    Action("project.report", "R", "job('report')", _("Report"), _("Write the report")),
    Action(
        "project.stop", "escape", "stop_job", _("Stop"), _("Stop the running job; what it finished is kept")
    ),
    Action(
        "project.refresh", "f5", "refresh_states", _("Refresh"), _("Read the state of every interview again")
    ),
)

_ROWS = (
    Action("rows.down", "j,down", "move(1)", _("Down"), _("Next row")),
    Action("rows.up", "k,up", "move(-1)", _("Up"), _("Previous row")),
    Action("rows.first", "g,home", "move(-1000000000)", _("First"), _("First row")),
    Action("rows.last", "G,end", "move(1000000000)", _("Last"), _("Last row")),
    Action("rows.page-down", "ctrl+d,pagedown", "page(1)", _("Page down"), _("Half a screen down")),
    Action("rows.page-up", "ctrl+u,pageup", "page(-1)", _("Page up"), _("Half a screen up")),
)

_TRANSCRIPT = (
    Action(
        "transcript.down",
        "j,down",
        "move(1)",
        _("Down"),
        _("Next passage; while selecting: one sentence more"),
    ),
    Action(
        "transcript.up",
        "k,up",
        "move(-1)",
        _("Up"),
        _("Previous passage; while selecting: one sentence less"),
    ),
    Action("transcript.first", "g,home", "move(-1000000000)", _("First"), _("First passage")),
    Action("transcript.last", "G,end", "move(1000000000)", _("Last"), _("Last passage")),
    Action("transcript.page-down", "ctrl+d,pagedown", "page(1)", _("Page down"), _("Half a screen down")),
    Action("transcript.page-up", "ctrl+u,pageup", "page(-1)", _("Page up"), _("Half a screen up")),
    Action(
        "transcript.right",
        "right,l",
        "side(1)",
        _("Right"),
        _("Next suggestion; while selecting: one word more"),
    ),
    Action(
        "transcript.left",
        "left,h",
        "side(-1)",
        _("Left"),
        _("Previous suggestion; while selecting: one word less"),
    ),
    Action(
        "transcript.sentence-right",
        "shift+right",
        "sentence(1)",
        _("Sentence right"),
        _("While selecting: one sentence more"),
    ),
    Action(
        "transcript.sentence-left",
        "shift+left",
        "sentence(-1)",
        _("Sentence left"),
        _("While selecting: one sentence less"),
    ),
)

_REVIEW = (
    Action(
        "review.next-undecided",
        "J",
        "undecided(1)",
        _("Next open"),
        _("Next passage with an open suggestion"),
        True,
    ),
    Action(
        "review.previous-undecided",
        "K",
        "undecided(-1)",
        _("Previous open"),
        _("Previous passage with an open suggestion"),
    ),
    Action("review.accept", "y", "accept", _("Accept"), _("Accept the suggestion in focus"), True),
    Action("review.reject", "x", "reject", _("Reject"), _("Reject the suggestion in focus"), True),
    *(
        Action(
            f"review.toggle-{n}",
            str(n),
            f"number({n})",
            _("Toggle {n}").format(n=n),
            _("Give or take suggestion {n}").format(n=n),
        )
        for n in range(1, 10)
    ),
    Action(
        "review.nothing",
        "0",
        "nothing",
        _("Nothing here"),
        _("No code (or no further code) belongs here"),
        True,
    ),
    Action("review.pick", "c", "pick", _("Code"), _("Pick codes for the passage or selection"), True),
    Action("review.again", "q", "again", _("Again"), _("The last code again")),
    Action("review.recent", "r", "recent", _("Recent"), _("A recent code: r, then its digit")),
    Action(
        "review.select",
        "v",
        "select",
        _("Select"),
        _("Select by words with the arrows; shift: sentences"),
    ),
    Action("review.in-vivo", "i", "in_vivo", _("New code"), _("A new code from the words selected")),
    Action(
        "review.start",
        "left_square_bracket",
        "boundary('start')",
        _("Move start"),
        _("Move the start of the coding in focus with the arrows"),
    ),
    Action(
        "review.end",
        "right_square_bracket",
        "boundary('end')",
        _("Move end"),
        _("Move the end of the coding in focus with the arrows"),
    ),
    Action("review.confirm", "enter", "confirm", _("Confirm"), _("Keep the boundary as it stands")),
    Action("review.cancel", "escape", "cancel", _("Cancel"), _("Leave selecting, or go back to the project")),
    Action(
        "review.cycle", "o", "cycle", _("Overlaps"), _("Next coding here; while selecting: the other end")
    ),
    Action("review.remove", "u", "remove", _("Remove"), _("Remove the coding in focus")),
    Action(
        "review.undo", "ctrl+z", "undo", _("Undo"), _("Undo the last step, as many times as you like"), True
    ),
    Action("review.redo", "ctrl+y", "redo", _("Redo"), _("Do again what was undone")),
    Action("review.memo", "m", "memo", _("Memo"), _("A memo on the coding in focus, else on the passage")),
    Action(
        "review.code-memo", "M", "code_memo", _("Code + memo"), _("Pick a code and write a memo in one go")
    ),
    Action("review.bookmark", "b", "bookmark", _("Bookmark"), _("Put or take a bookmark")),
    Action("review.next-bookmark", "B", "next_bookmark", _("Next bookmark"), _("Go to the next bookmark")),
    Action("review.find", "slash", "find", _("Find"), _("Find words in this transcript")),
    Action("review.next-hit", "n", "hit(1)", _("Next hit"), _("Next place found")),
    Action("review.previous-hit", "N", "hit(-1)", _("Previous hit"), _("Previous place found")),
    Action(
        "review.correct",
        "e",
        "correct",
        _("Correct"),
        _("Correct the text of this turn: a new revision, codings follow"),
    ),
    Action(
        "review.speaker", "s", "speaker", _("Speaker"), _("Rename the speaker, or give the turn to another")
    ),
    Action(
        "review.turns",
        "t",
        "turns",
        _("Turns"),
        _("Split or merge the turn, or give the words selected to the turn they touch"),
    ),
    Action(
        "review.lost",
        "D",
        "lost",
        _("Without place"),
        _("Codings that a correction left without a certain place"),
    ),
    Action(
        "review.play", "space", "play", _("Play"), _("Play the passage from one second before; again: stop")
    ),
    Action("review.seek-back", "comma", "seek(-5)", _("Back 5 s"), _("Play from five seconds earlier")),
    Action("review.seek-on", "full_stop", "seek(5)", _("On 5 s"), _("Play from five seconds later")),
    Action(
        "review.order",
        "O",
        "order",
        _("Order"),
        _("Order of work for J and K: transcript, most useful next, code, disagreement"),
    ),
    Action(
        "review.onward",
        "ctrl+o",
        "onward",
        _("Onward"),
        _("Where J goes from the last open passage: next interview, or the next of this site"),
    ),
    Action(
        "review.example",
        "E",
        "example",
        _("Example"),
        _("Keep the passage as an example of the code in focus"),
    ),
    Action("review.codebook", "C", "codebook", _("Codebook"), _("The codebook, at the code in focus")),
    Action(
        "review.bulk",
        "A",
        "bulk",
        _("Bulk"),
        _("Accept here what the engine is certified for, after a check"),
    ),
    Action(
        "review.next-interview", "ctrl+n", "interview(1)", _("Next interview"), _("Go to the next interview")
    ),
    Action(
        "review.previous-interview",
        "ctrl+b",
        "interview(-1)",
        _("Previous interview"),
        _("Go to the previous interview"),
    ),
)

_PICKER = (
    Action("picker.down", "down", "move(1)", _("Down"), _("Next code")),
    Action("picker.up", "up", "move(-1)", _("Up"), _("Previous code")),
    Action("picker.mark", "tab", "mark", _("Mark"), _("Mark the code, to give several at once"), True),
    Action(
        "picker.take",
        "enter",
        "take",
        _("Take"),
        _("Give the marked codes, else the one under the cursor"),
        True,
    ),
    Action("picker.close", "escape", "close", _("Close"), _("Close without choosing"), True),
)

_EDITOR = (
    Action("editor.keep", "ctrl+s", "keep", _("Keep"), _("Keep the text and close"), True),
    Action("editor.close", "escape", "close", _("Close"), _("Close; asks first when the text changed"), True),
)

_PROMPT = (Action("prompt.close", "escape", "close", _("Close"), _("Close without an answer"), True),)

_MENU = (
    *(
        Action(
            f"menu.take-{n}", str(n), f"take({n})", _("Take {n}").format(n=n), _("Take line {n}").format(n=n)
        )
        for n in range(1, 10)
    ),
    Action("menu.take", "enter", "take(0)", _("Take"), _("Take the line under the cursor"), True),
    Action("menu.close", "escape", "close", _("Close"), _("Close without choosing"), True),
)

_VIEW = (
    Action("view.open", "enter", "open", _("Open"), _("Open what is under the cursor"), True),
    Action("view.back", "escape", "back", _("Back"), _("Back to where you came from"), True),
)

_CODEBOOK = (
    Action("codebook.add", "a", "add", _("Add"), _("A new code here"), True),
    Action("codebook.rename", "r", "rename", _("Rename"), _("Another name, in the language shown"), True),
    Action(
        "codebook.edit",
        "e",
        "edit",
        _("Edit"),
        _("Definition, rules, examples or words, in the language shown"),
        True,
    ),
    Action("codebook.move", "w", "move", _("Move"), _("Below another code, or to the top")),
    Action(
        "codebook.merge",
        "m",
        "merge",
        _("Merge"),
        _("Into another code: your codings follow, it is retired"),
        True,
    ),
    Action("codebook.split", "s", "split", _("Split"), _("A new code that takes some of the passages")),
    Action("codebook.retire", "x", "retire", _("Retire"), _("Offer it no more, or again; its codings stay")),
    Action("codebook.recolour", "C", "recolour", _("Colour"), _("Another colour")),
    Action(
        "codebook.undo", "ctrl+z", "undo", _("Undo"), _("Take back the last change of the codebook"), True
    ),
    Action("codebook.redo", "ctrl+y", "redo", _("Redo"), _("Make the change again that was undone")),
)

_SPLIT = (
    Action("split.toggle", "space,enter", "over", _("Over"), _("The passage goes over, or stays"), True),
    Action("split.keep", "ctrl+s", "keep", _("Split"), _("Split so"), True),
    Action("split.close", "escape", "close", _("Close"), _("Leave the code whole"), True),
)

_CLUSTERS = (
    Action("clusters.accept", "t", "accept", _("Theme"), _("A theme of the report, or none any more"), True),
    Action("clusters.code", "a", "make", _("Make a code"), _("A new code from this group"), True),
    Action("clusters.send", "c", "send", _("Send"), _("Give the passages a code there is"), True),
    Action("clusters.dismiss", "x", "drop", _("Dismiss"), _("Show this group no more"), True),
    Action("clusters.undo", "ctrl+z", "undo", _("Undo"), _("Take back what was done here last"), True),
    Action("clusters.again", "f5", "again", _("Group"), _("Group the passages without a code again"), True),
)

_BULK = (
    Action("bulk.right", "y", "judge(True)", _("Right"), _("The passage drawn is rightly coded"), True),
    Action("bulk.wrong", "x", "judge(False)", _("Wrong"), _("It is not: rejected, and left out"), True),
    Action(
        "bulk.accept",
        "A",
        "accept",
        _("Accept all"),
        _("Accept the rest, once the passages drawn are judged"),
        True,
    ),
    Action("bulk.undo", "ctrl+z", "undo", _("Undo"), _("Take the whole lot back"), True),
)

_SETTLE = (
    Action("settle.first", "1", "keep('first')", _("First"), _("The first coder's judgement holds"), True),
    Action(
        "settle.second", "2", "keep('second')", _("Second"), _("The second coder's judgement holds"), True
    ),
    Action("settle.neither", "0", "keep('neither')", _("Neither"), _("The code is not given here"), True),
    Action("settle.undo", "ctrl+z", "undo", _("Undo"), _("Take back what was settled here last"), True),
    Action("settle.pair", "w", "pair", _("Coders"), _("The disagreements of another two coders")),
    Action("settle.figures", "a", "figures", _("Agreement"), _("Agreement before and after settling")),
)

_SEARCH = (Action("search.again", "slash", "again", _("Search"), _("Back to the words to search for"), True),)

_MATRIX = (
    Action("matrix.right", "right,l", "column(1)", _("Right"), _("Next site")),
    Action("matrix.left", "left,h", "column(-1)", _("Left"), _("Previous site")),
    Action(
        "matrix.status",
        "s",
        "status",
        _("Status"),
        _("Say what state it is in at this site, and why; the report prints it"),
        True,
    ),
    Action("matrix.undo", "ctrl+z", "undo", _("Undo"), _("Take back the last status set"), True),
    Action("matrix.redo", "ctrl+y", "redo", _("Redo"), _("Set the status again that was undone")),
)

ACTIONS: dict[str, tuple[Action, ...]] = {
    "app": _APP,
    "project": _PROJECT,
    "rows": _ROWS,
    "transcript": _TRANSCRIPT,
    "review": _REVIEW,
    "picker": _PICKER,
    "editor": _EDITOR,
    "prompt": _PROMPT,
    "menu": _MENU,
    "view": _VIEW,
    "matrix": _MATRIX,
    "search": _SEARCH,
    "codebook": _CODEBOOK,
    "split": _SPLIT,
    "clusters": _CLUSTERS,
    "bulk": _BULK,
    "settle": _SETTLE,
}
"""Pane or screen → its actions, in the order that help and docs show them."""


def bindings(group: str) -> list[BindingType]:
    """Textual bindings of one pane or screen."""
    return [
        Binding(a.keys, a.call, a.name, show=a.show, tooltip=a.help, id=a.id, priority=a.id == "app.palette")
        for a in ACTIONS[group]
    ]


def every() -> tuple[Action, ...]:
    """All actions of all panes."""
    return tuple(action for group in ACTIONS.values() for action in group)


_SPELT = {
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "comma": ",",
    "full_stop": ".",
}


def spelt(keys: str) -> str:
    """Key names as a person writes them: ``question_mark,f1`` is ``? f1``."""
    return " ".join(_SPELT.get(key, key) for key in keys.split(","))
