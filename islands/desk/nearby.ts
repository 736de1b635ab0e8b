/** While a new case is being written: open cases near by, fetched as an HTML fragment that the server words. */

const QUIET = 600;

export function watchNearby(): void {
  const box = document.querySelector<HTMLElement>("[data-nearby]");
  const form = box?.closest("form") ?? document.querySelector<HTMLFormElement>("form[data-nearby-form]");
  if (!box || !form) return;
  const address = box.dataset["nearby"] ?? "";
  const fields = (box.dataset["nearbyFields"] ?? "lon lat place living_area building category text").split(" ");
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;
  let last = "";

  const ask = async (): Promise<void> => {
    const values = new FormData(form);
    const query = new URLSearchParams();
    for (const name of fields) {
      const value = values.get(name);
      if (typeof value === "string" && value.trim()) query.set(name, value.trim().slice(0, 200));
    }
    const asked = query.toString();
    if (!asked || asked === last) return;
    last = asked;
    running?.abort();
    running = new AbortController();
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${address}?${asked}`, { signal: running.signal, headers: { "HX-Request": "true" } });
      if (answer.ok) box.innerHTML = await answer.text(); // our own server's escaped fragment, and no inline script runs
    } catch {
      last = ""; // the next keystroke asks again
    } finally {
      box.removeAttribute("aria-busy");
    }
  };

  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), QUIET);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("baiying:picked", later);
  void ask();
}
