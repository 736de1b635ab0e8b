/** Says how many characters are left, once the end comes near. */

export function watchLimits(): void {
  for (const field of document.querySelectorAll<HTMLTextAreaElement>("[data-limit]")) {
    const limit = Number(field.dataset["limit"]);
    const out = document.querySelector<HTMLElement>(`[data-count-for="${CSS.escape(field.id)}"]`);
    if (!out || !limit) continue;
    const show = (): void => {
      const length = [...field.value].length;
      out.hidden = length < limit * 0.8;
      out.textContent = `${length} / ${limit}`;
    };
    field.addEventListener("input", show);
    show();
  }
}
