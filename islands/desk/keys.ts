/** j k enter x / n u ? and "g" with a letter. Never while somebody types, never with Ctrl, Alt or Meta. */

import { chosenRow, moveChoice, togglePick } from "./list";

const GO_WAIT = 1200;
let goUntil = 0;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio]), canvas");
}

function follow(selector: string): void {
  document.querySelector<HTMLAnchorElement>(selector)?.click();
}

const KEYS: Record<string, () => void> = {
  j: () => moveChoice(1),
  k: () => moveChoice(-1),
  x: () => togglePick(),
  Enter: () => chosenRow()?.querySelector<HTMLAnchorElement>("a.cases-words")?.click(),
  "/": () => document.querySelector<HTMLInputElement>('[data-key="/"]')?.focus(),
  n: () => follow('[data-key="n"]'),
  u: () => follow('[data-key="u"]'),
  "?": () => document.querySelector<HTMLDialogElement>("#keys")?.showModal?.(),
};

export function watchKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(event.target)) return;
    const focused = event.target as HTMLElement;
    if (event.key === "Enter" && focused.matches?.("a, button, summary, input")) return;
    if (document.querySelector("dialog[open]")) return;
    if (Date.now() < goUntil && /^[a-z]$/.test(event.key)) {
      goUntil = 0;
      event.preventDefault();
      follow(`[data-go="${event.key}"]`);
      return;
    }
    if (event.key === "g") {
      goUntil = Date.now() + GO_WAIT;
      return;
    }
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
