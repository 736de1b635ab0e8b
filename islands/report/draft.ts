/** Keeps what is being written on this device until it is sent, at most a day, so that a closed browser loses no word.

    form[data-draft="report"] names the draft; any page with [data-draft-sent="report"] forgets it. Never kept: phone,
    name, files, hidden fields and passwords, because the phone may be shared. */

const DAY = 86_400_000;
const KEPT = "textarea, select, input[type=text], input[type=search], input[type=radio], input[type=checkbox]";
const NEVER = /phone|name|contact|csrf|password|code/i;

type Draft = { at: number; values: Record<string, string> };
type Field = HTMLTextAreaElement | HTMLSelectElement | HTMLInputElement;

export function keepDraft(): void {
  for (const sent of document.querySelectorAll<HTMLElement>("[data-draft-sent]")) {
    forget(sent.dataset["draftSent"] ?? "");
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) watch(form);
}

function watch(form: HTMLFormElement): void {
  const name = form.dataset["draft"] ?? "";
  const note = form.querySelector<HTMLElement>("[data-draft-note]");
  const draft = read(name);
  if (draft && isUntouched(form)) {
    fill(form, draft.values);
    if (note) note.hidden = false;
  }
  form.addEventListener("input", () => write(name, form));
  form.addEventListener("change", () => write(name, form));
  form.querySelector("[data-draft-forget]")?.addEventListener("click", () => {
    forget(name);
    form.reset();
    if (note) note.hidden = true;
  });
}

function fields(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>(KEPT)].filter((field) => field.name && !NEVER.test(field.name));
}

/** What the server sent back (after an error, or from an earlier step) is newer than the draft. */
function isUntouched(form: HTMLFormElement): boolean {
  return fields(form).every((field) => !(field instanceof HTMLTextAreaElement) || field.value === "");
}

function isChoice(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox");
}

function write(name: string, form: HTMLFormElement): void {
  const values: Record<string, string> = {};
  for (const field of fields(form)) {
    if (isChoice(field) ? field.checked : field.value) values[field.name] = field.value;
  }
  try {
    localStorage.setItem(key(name), JSON.stringify({ at: Date.now(), values } satisfies Draft));
  } catch {
    // private mode or a full store: the form itself still has the words
  }
}

function read(name: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key(name)) ?? "null") as Draft | null;
    if (draft && Date.now() - draft.at < DAY) return draft;
    forget(name);
  } catch {
    forget(name);
  }
  return null;
}

function fill(form: HTMLFormElement, values: Record<string, string>): void {
  for (const field of fields(form)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (isChoice(field)) field.checked = field.value === value;
    else field.value = value;
  }
}

function forget(name: string): void {
  try {
    localStorage.removeItem(key(name));
  } catch {
    // nothing was kept
  }
}

function key(name: string): string {
  return `baiying:draft:${name}`;
}
