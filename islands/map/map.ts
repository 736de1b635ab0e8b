/** Finds the map elements of a page. The engine (large) is loaded only for them, and on a phone only when asked for. */

async function start(element: HTMLElement): Promise<void> {
  element.setAttribute("aria-busy", "true");
  try {
    const { openMap } = await import("./engine");
    await openMap(element);
  } catch (problem) {
    console.warn("map", problem);
    fail(element);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/** No WebGL, no data, no script support: the plain list or the fields beside the map stay, and we say so. */
function fail(element: HTMLElement): void {
  element.replaceChildren();
  element.classList.add("map-off");
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  words.textContent = element.dataset["wordFailed"] ?? "";
  element.append(words);
}

function hold(element: HTMLElement): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button map-open";
  button.textContent = element.dataset["wordOpen"] ?? "";
  button.addEventListener("click", () => {
    button.remove();
    element.classList.remove("map-held");
    void start(element);
  });
  element.classList.add("map-held");
  element.append(button);
}

function findMaps(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-island="map"]:not([data-started])')) {
    element.dataset["started"] = "";
    if ("hold" in element.dataset) hold(element);
    else void start(element);
  }
}

findMaps(document);
document.addEventListener("htmx:afterSettle", (event) => findMaps(event.target as HTMLElement));
