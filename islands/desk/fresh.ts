/** Fresh counts while somebody looks; the old list stays, greyed, while the new one is on its way. */

const EVERY = 30_000;

export function watchFreshness(): void {
  setInterval(() => {
    if (document.visibilityState === "visible") announce();
  }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") announce();
  });
  document.addEventListener("htmx:beforeRequest", (event) => grey(event, true));
  for (const end of ["htmx:afterRequest", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(end, (event) => grey(event, false));
  }
  greyOnLeaving();
}

function announce(): void {
  document.body.dispatchEvent(new CustomEvent("baiying:refresh"));
}

function grey(event: Event, isBusy: boolean): void {
  const target = (event as CustomEvent<{ target?: HTMLElement }>).detail?.target;
  if (!target?.querySelector) return;
  const list = target.matches("[data-cases], [data-grey]") ? target : target.querySelector("[data-cases], [data-grey]");
  list?.classList.toggle("busy", isBusy);
  list?.setAttribute("aria-busy", String(isBusy));
}

/** Plain links and filter forms too: grey what is about to be replaced, and take it back when one returns. */
function greyOnLeaving(): void {
  const lists = (): NodeListOf<Element> => document.querySelectorAll("[data-cases], [data-grey]");
  addEventListener("beforeunload", () => {
    for (const list of lists()) list.classList.add("busy");
  });
  addEventListener("pageshow", () => {
    for (const list of lists()) list.classList.remove("busy");
  });
}
