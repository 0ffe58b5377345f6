"""Keys for 200 decisions: a scripted review, and the same by the steps of QualCoder's manual.

`python benchmarks/tui/session.py`. The reviewer knows the right codes: of the suggestions three in four are
right, one passage in five needs a code that is not suggested, one in ten nothing. A *decision* is a code
given, a suggestion rejected, or a passage found empty. QualCoder has no suggestions, so only the codes that
end up given are counted there: select the passage with the mouse (2 actions: press and release), find the
code in the tree (1 scroll, counted once in two), right-click it and choose *Mark* (2), or double-click (2).
Source: QualCoder wiki, *Coding Text*: "Select text with the mouse … click on a code to code the text".
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ |= {"QUALKIT_LANG": "en", "QUALKIT_CODER": "bench"}
sys.path.insert(0, str(Path(__file__).parent))

from big_project import make  # type: ignore[import-not-found]

from qualkit.tui.app import Desktop
from qualkit.tui.desk import Standing
from qualkit.tui.review_screen import ReviewScreen

DECISIONS = 200


async def review(root: Path) -> dict[str, object]:
    """Decide 200 times, counting every key."""
    project = make(root, 5, 26)
    pick = random.Random(5)  # noqa: S311
    keys = decisions = given = 0
    app = Desktop(project, "site00-000")
    async with app.run_test(size=(120, 40)) as pilot:

        async def press(*names: str) -> ReviewScreen:
            nonlocal keys
            keys += len(names)
            await pilot.press(*names)
            assert isinstance(app.screen, ReviewScreen)
            return app.screen

        await pilot.pause()
        while decisions < DECISIONS:
            assert isinstance(app.screen, ReviewScreen)
            screen = app.screen
            if screen.view.cursor not in screen.desk.waiting:
                # To the next open passage, or on to the next interview, which takes a second J.
                screen = await press("J")
                continue
            here, drawn = screen.view.cursor, pick.random()
            if drawn < 0.1:
                await press("0")
                decisions += 1
                continue
            if drawn < 0.3:
                keys += 5
                await pilot.press("c", *"koo", "enter")
                decisions, given = decisions + 1, given + 1
            while (
                app.screen is screen
                and screen.view.cursor == here
                and any(o.standing is Standing.OPEN and o.suggestion.shown for o in screen.offers)
            ):
                right = pick.random() < 0.75
                await press("y" if right else "x")
                decisions, given = decisions + 1, given + right
    actions = given * (2 + 0.5 + 2)
    return {
        "decisions": decisions,
        "codes_given": given,
        "keys": keys,
        "keys_per_decision": round(keys / decisions, 2),
        "keys_per_code_given": round(keys / given, 2),
        "qualcoder_actions_for_the_same_codes": actions,
        "qualcoder_actions_per_code": round(actions / given, 2),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        sys.stdout.write(json.dumps(asyncio.run(review(Path(folder) / "study")), indent=1) + "\n")
