/** The desk's quick ways. Every page works without them; they only save hands and eyes. */

import { watchKeys } from "./keys";
import { watchList } from "./list";
import { watchNearby } from "./nearby";
import { watchFreshness } from "./fresh";
import { watchPhrases } from "./phrases";
import { offerPosition } from "../report/position";

watchKeys();
watchList();
watchFreshness();
watchNearby();
watchPhrases();
offerPosition();

// lead to what has to be mended
document.querySelector<HTMLElement>("[data-focus]")?.focus();

// a menu closes when one clicks elsewhere or presses Escape
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});
