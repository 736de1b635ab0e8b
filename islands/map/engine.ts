/** Opens one map: outlines, and by mode one point, a point to pick, or many cases. Nothing leaves our own server. */

import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import "maplibre-gl/dist/maplibre-gl.css";
import type { GeoJSONSource, LngLatBoundsLike, Map as Engine } from "maplibre-gl";
import type { Position } from "geojson";
import { showCases } from "./cases";
import { coloursOf } from "./colours";
import { fetchJson, type Cases, type Mode, type Outlines } from "./contract";
import { streetStyle } from "./layers";
import { addMarks } from "./marks";
import { makePickable, placeMarker } from "./pick";
import "./map.css";

// The worker is a file of our own beside this one, so the policy needs no blob: for it.
const worker = `map-worker.js?v=${maplibre.getVersion()}`;
maplibre.setWorkerUrl(new URL(/* @vite-ignore */ worker, import.meta.url).href);

export async function openMap(element: HTMLElement): Promise<void> {
  const { source = "", mode = "show", cases, basemap, within } = element.dataset;
  const [outlines, points] = await Promise.all([
    fetchJson<Outlines>(source),
    cases ? fetchJson<Cases>(cases) : undefined,
    basemap ? useTileFile() : undefined,
  ]);
  const colours = coloursOf(element);
  const engine = new maplibre.Map({
    container: element,
    style: streetStyle({ outlines, colours, basemap, within }),
    bounds: boundsOf(outlines, within),
    fitBoundsOptions: { padding: 16 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    minZoom: 10,
    cooperativeGestures: false,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
    locale: { "Map.Title": element.dataset["wordLabel"] ?? "" },
  });
  engine.touchZoomRotate.disableRotation();
  engine.keyboard.disableRotation();
  engine.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  await engine.once("load");
  addMarks(engine, colours);
  if (points) showCases(engine, points, colours, element);
  if (cases && element.dataset["refresh"]) keepFresh(engine, cases, Number(element.dataset["refresh"]));
  wire(engine, element, mode as Mode);
  element.dataset["ready"] = "";
}

function wire(engine: Engine, element: HTMLElement, mode: Mode): void {
  const lon = Number(element.dataset["lon"]);
  const lat = Number(element.dataset["lat"]);
  const point: [number, number] | undefined = element.dataset["lon"] ? [lon, lat] : undefined;
  if (mode === "pick") makePickable(engine, element, point);
  else if (point) placeMarker(engine, element).setLngLat(point);
  if (point) engine.jumpTo({ center: point, zoom: 16 });
}

function boundsOf(outlines: Outlines, within: string | undefined): LngLatBoundsLike {
  const areas = outlines.features.filter((f) => (within ? f.properties.code === within : f.properties.layer === "community"));
  const box = new maplibre.LngLatBounds();
  for (const { geometry } of areas.length > 0 ? areas : outlines.features) {
    if ("coordinates" in geometry) eachPosition(geometry.coordinates, ([x, y]) => box.extend([x ?? 0, y ?? 0]));
  }
  return box;
}

/** Fetches the cases again and again; when that fails the old ones stay, and the next time may be better. */
function keepFresh(engine: Engine, cases: string, seconds: number): void {
  setInterval(() => {
    if (document.hidden) return;
    fetchJson<Cases>(cases).then(
      (points) => engine.getSource<GeoJSONSource>("cases")?.setData(points),
      (problem: unknown) => console.warn("map", problem),
    );
  }, Math.max(seconds, 5) * 1000);
}

type Nested = Position | Position[] | Position[][] | Position[][][];

function eachPosition(nested: Nested, visit: (position: Position) => void): void {
  if (typeof nested[0] === "number") visit(nested as Position);
  else for (const inner of nested as Position[][]) eachPosition(inner, visit);
}

/** The operator's own PMTiles file; the protocol is registered only when a page names one. */
async function useTileFile(): Promise<void> {
  const { Protocol } = await import("pmtiles");
  maplibre.addProtocol("pmtiles", new Protocol().tile);
}
