/** A point to choose: by tap, by the device's position, or by keyboard with the map's centre. */

import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import type { Map as Engine, Marker } from "maplibre-gl";
import { fetchJson, type Place } from "./contract";

export function placeMarker(engine: Engine, element: HTMLElement): Marker {
  const pin = document.createElement("div");
  pin.className = "map-pin";
  pin.setAttribute("role", "img");
  pin.setAttribute("aria-label", element.dataset["wordPicked"] ?? "");
  return new maplibre.Marker({ element: pin, anchor: "bottom" }).setLngLat([0, 0]).addTo(engine);
}

export function makePickable(engine: Engine, element: HTMLElement, first: [number, number] | undefined): void {
  let marker: Marker | undefined;
  const pick = (lon: number, lat: number): void => {
    marker ??= placeMarker(engine, element);
    marker.setLngLat([lon, lat]);
    writeInputs(element, lon, lat);
    void tellPlace(engine, element, lon, lat);
    element.dispatchEvent(new CustomEvent("baiying:picked", { bubbles: true, detail: { lon, lat } }));
  };
  engine.on("click", (event) => pick(event.lngLat.lng, event.lngLat.lat));
  engine.getCanvas().style.cursor = "crosshair";
  engine.getCanvas().setAttribute("aria-label", `${element.dataset["wordLabel"] ?? ""} ${element.dataset["wordHelp"] ?? ""}`);
  engine.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const { lng, lat } = engine.getCenter();
    pick(lng, lat);
  });
  element.append(crosshair());
  if (navigator.geolocation) element.append(hereButton(engine, element, pick));
  if (first) pick(...first);
}

function crosshair(): HTMLElement {
  const cross = document.createElement("span");
  cross.className = "map-cross";
  cross.setAttribute("aria-hidden", "true");
  return cross;
}

function hereButton(engine: Engine, element: HTMLElement, pick: (lon: number, lat: number) => void): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button map-here";
  button.textContent = element.dataset["wordHere"] ?? "";
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        engine.jumpTo({ center: [coords.longitude, coords.latitude], zoom: 16.5 });
        pick(coords.longitude, coords.latitude);
      },
      () => {
        button.disabled = false;
        say(element, element.dataset["wordNoPosition"] ?? "");
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
  return button;
}

function writeInputs(element: HTMLElement, lon: number, lat: number): void {
  const { lonInput = "lon", latInput = "lat" } = element.dataset;
  const root: ParentNode = element.closest("form") ?? document;
  for (const [name, value] of [[lonInput, lon], [latInput, lat]] as const) {
    const input = root.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`);
    if (!input) continue;
    input.value = value.toFixed(6);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

let asked = 0;

async function tellPlace(engine: Engine, element: HTMLElement, lon: number, lat: number): Promise<void> {
  const address = element.dataset["lookup"];
  if (!address) return;
  asked += 1;
  const mine = asked;
  try {
    const place = await fetchJson<Place>(`${address}?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`);
    if (mine !== asked) return; // a later tap has been answered already
    engine.setFilter("picked-grid", ["==", ["get", "code"], place.grid?.code ?? ""]);
    const names = [place.community?.name, place.grid?.name].filter(Boolean).join(" · ");
    say(element, names || (element.dataset["wordOutside"] ?? ""));
    element.dispatchEvent(new CustomEvent("baiying:placed", { bubbles: true, detail: place }));
  } catch {
    say(element, ""); // the point itself is kept; the server locates it again when the form is sent
  }
}

function say(element: HTMLElement, words: string): void {
  const root = element.parentElement ?? document;
  const out = root.querySelector("[data-map-place]");
  if (out) out.textContent = words;
}
