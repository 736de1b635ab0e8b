/** "Copy": puts what stands in an element on the clipboard, and says so politely.

    [data-copies] (hidden without script) holds button[data-copy="<id>"][data-word-done] and
    [data-copy-note][data-word-failed], a live region. */

export function offerCopy(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-copies]")) {
    const note = box.querySelector<HTMLElement>("[data-copy-note]");
    for (const button of box.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
      button.addEventListener("click", () => {
        void copy(wordsOf(button.dataset["copy"] ?? "")).then((isDone) => {
          if (note) note.textContent = (isDone ? button.dataset["wordDone"] : note.dataset["wordFailed"]) ?? "";
        });
      });
    }
    box.hidden = false;
  }
}

function wordsOf(id: string): string {
  const source = document.getElementById(id);
  return (source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? "")).trim();
}

async function copy(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words); // absent where the page came over plain http
    return true;
  } catch {
    return copyBySelection(words);
  }
}

function copyBySelection(words: string): boolean {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "hush";
  area.value = words;
  area.readOnly = true; // or a phone would open its keyboard
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return isDone;
}
