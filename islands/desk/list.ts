/** The list of cases: the current row, the picked rows and their count, and the place on the page to come back to. */

const HERE = "cases-here";

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-cases] [data-case]")];
}

export function chosenRow(): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-cases] .${HERE}`);
}

export function moveChoice(by: number): void {
  const all = rows();
  if (all.length === 0) return;
  const now = chosenRow();
  const from = now ? all.indexOf(now) : by > 0 ? -1 : all.length;
  const next = all[Math.min(all.length - 1, Math.max(0, from + by))];
  if (!next) return;
  choose(next);
  next.querySelector<HTMLElement>("a.cases-words")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function choose(row: HTMLElement): void {
  for (const other of document.querySelectorAll(`.${HERE}`)) other.classList.remove(HERE);
  row.classList.add(HERE);
  sessionStorage.setItem(`row:${location.pathname}`, row.dataset["case"] ?? "");
}

export function togglePick(): void {
  const box = chosenRow()?.querySelector<HTMLInputElement>('input[type="checkbox"]');
  box?.click();
}

function boxes(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('[data-cases] tbody input[type="checkbox"]')];
}

function count(): void {
  const all = boxes();
  const picked = all.filter((box) => box.checked).length;
  for (const box of all) box.closest("tr")?.classList.toggle("cases-chosen", box.checked);
  const every = document.querySelector<HTMLInputElement>("[data-pick-all]");
  if (every) {
    every.hidden = false;
    every.checked = picked > 0 && picked === all.length;
    every.indeterminate = picked > 0 && picked < all.length;
  }
  const bulk = document.querySelector<HTMLElement>("[data-bulk]");
  const out = bulk?.querySelector<HTMLOutputElement>("[data-bulk-count]");
  if (!bulk || !out) return;
  out.dataset["idle"] ??= out.textContent ?? "";
  const pattern = bulk.dataset["wordPicked"] ?? "%n";
  out.textContent = picked ? pattern.replace("%n", String(picked)) : out.dataset["idle"];
  for (const button of bulk.querySelectorAll<HTMLButtonElement>("button")) button.disabled = picked === 0;
}

export function watchList(): void {
  count();
  restore();
  document.addEventListener("change", (event) => {
    const target = event.target as HTMLInputElement;
    if (target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches('[data-cases] input[type="checkbox"]')) count();
  });
  document.addEventListener("focusin", (event) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-cases] [data-case]");
    if (row) choose(row);
  });
  document.addEventListener("htmx:afterSettle", () => {
    count();
    restore();
  });
}

/** Back from a case: the same row is marked again, and in sight. */
function restore(): void {
  const id = sessionStorage.getItem(`row:${location.pathname}`);
  if (!id || chosenRow()) return;
  const row = rows().find((each) => each.dataset["case"] === id);
  if (!row) return;
  row.classList.add(HERE);
  if (document.activeElement === document.body) row.scrollIntoView({ block: "nearest" });
}
