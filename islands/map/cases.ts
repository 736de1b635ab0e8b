/** Cases as points: far away in clusters, near as marks whose shape tells the state; each opens its case. */

import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import type { GeoJSONSource, Map as Engine, MapGeoJSONFeature } from "maplibre-gl";
import type { Point } from "geojson";
import type { Colours } from "./colours";
import type { CaseProperties, Cases } from "./contract";

export function showCases(engine: Engine, cases: Cases, colours: Colours, element: HTMLElement): void {
  engine.addSource("cases", {
    type: "geojson",
    data: cases,
    cluster: true,
    clusterMaxZoom: 15,
    clusterRadius: 40,
    clusterProperties: { late: ["+", ["case", ["==", ["get", "tone"], "late"], 1, 0]] },
  });
  engine.addLayer({
    id: "cluster",
    type: "circle",
    source: "cases",
    filter: ["has", "point_count"],
    paint: {
      "circle-color": colours("ink-2"),
      "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 13, 50, 20, 500, 28],
      "circle-stroke-width": ["case", [">", ["get", "late"], 0], 4, 2],
      "circle-stroke-color": ["case", [">", ["get", "late"], 0], colours("late-ink"), colours("paper-0")],
    },
  });
  engine.addLayer({
    id: "cluster-count",
    type: "symbol",
    source: "cases",
    filter: ["has", "point_count"],
    layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": ["sans-serif"], "text-size": 13, "text-allow-overlap": true },
    paint: { "text-color": colours("paper-0") },
  });
  engine.addLayer({
    id: "case",
    type: "symbol",
    source: "cases",
    filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["concat", "mark-", ["get", "tone"]],
      "icon-allow-overlap": true,
      "symbol-sort-key": ["match", ["get", "tone"], "late", 3, "soon", 2, "open", 1, 0],
    },
  });
  for (const layer of ["cluster", "case"]) {
    engine.on("mouseenter", layer, () => (engine.getCanvas().style.cursor = "pointer"));
    engine.on("mouseleave", layer, () => (engine.getCanvas().style.cursor = ""));
  }
  engine.on("click", "cluster", ({ features }) => void openCluster(engine, features?.[0]));
  engine.on("click", "case", ({ features }) => openCases(engine, features ?? [], element));
}

async function openCluster(engine: Engine, feature: MapGeoJSONFeature | undefined): Promise<void> {
  if (!feature) return;
  const source = engine.getSource<GeoJSONSource>("cases");
  const zoom = await source?.getClusterExpansionZoom(Number(feature.properties["cluster_id"]));
  const [x = 0, y = 0] = (feature.geometry as Point).coordinates;
  const quick = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300;
  engine.easeTo({ center: [x, y], zoom: (zoom ?? 15) + 0.3, duration: quick });
}

/** One popup for all cases under the finger, so that two on the same spot can both be opened. */
function openCases(engine: Engine, features: MapGeoJSONFeature[], element: HTMLElement): void {
  const first = features[0];
  if (!first) return;
  const box = document.createElement("div");
  box.className = "map-cases";
  const seen = new Set<string>();
  for (const feature of features) {
    const facts = feature.properties as CaseProperties;
    if (seen.has(facts.reference)) continue;
    seen.add(facts.reference);
    box.append(caseEntry(facts));
  }
  if (seen.size > 1) {
    const count = document.createElement("p");
    count.className = "quiet small";
    count.textContent = `${seen.size} ${element.dataset["wordCases"] ?? ""}`;
    box.prepend(count);
  }
  const [x = 0, y = 0] = (first.geometry as Point).coordinates;
  new maplibre.Popup({ offset: 14, maxWidth: "20rem" }).setLngLat([x, y]).setDOMContent(box).addTo(engine);
}

function caseEntry(facts: CaseProperties): HTMLElement {
  const entry = document.createElement("p");
  const link = document.createElement("a");
  link.href = facts.href;
  link.textContent = facts.title;
  const more = document.createElement("span");
  more.className = "map-case-facts";
  more.textContent = [facts.reference, facts.state, facts.due, facts.place].filter(Boolean).join(" · ");
  entry.append(link, more);
  return entry;
}
