/** While a place is being written: open cases near by, as a piece of HTML that the server words. */

const QUIET = 700;

export function watchNearby(): void {
  const box = document.querySelector<HTMLElement>("[data-near]");
  const form = document.querySelector<HTMLFormElement>("form#report");
  if (!box || !form) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "";

  const ask = async (): Promise<void> => {
    const said = new URLSearchParams();
    new FormData(form).forEach((value, name) => {
      if (typeof value === "string") said.set(name, value);
    });
    const asked = said.toString();
    if (asked === last) return;
    last = asked;
    try {
      const answer = await fetch(box.dataset["near"] ?? "", { method: "POST", body: said });
      if (answer.ok) box.innerHTML = await answer.text(); // our own server's escaped fragment
    } catch {
      last = ""; // the next change asks again
    }
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), QUIET);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("baiying:picked", later);
  later();
}
