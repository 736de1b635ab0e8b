/** Our own outlines as map layers, and - only where an operator has one - a base map below them. */

import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Colours } from "./colours";
import type { Outlines } from "./contract";

const FONT = ["PingFang SC", "HarmonyOS Sans SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei"];

export interface StyleWishes {
  outlines: Outlines;
  colours: Colours;
  basemap: string | undefined;
  within: string | undefined;
}

export function streetStyle({ outlines, colours, basemap, within }: StyleWishes): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {
    street: { type: "geojson", data: outlines, promoteId: "code" },
  };
  if (basemap) sources["ground"] = { type: "vector", url: `pmtiles://${new URL(basemap, document.baseURI).href}` };
  return {
    version: 8,
    sources,
    layers: [
      { id: "paper", type: "background", paint: { "background-color": colours("paper-2") } },
      ...(basemap ? groundLayers(colours) : []),
      ...areaLayers(colours, Boolean(basemap), within),
      ...detailLayers(colours),
      ...labelLayers(colours),
    ],
  };
}

/** The layers of a Protomaps base map that help to find one's way; names come from our own data. */
function groundLayers(colours: Colours): LayerSpecification[] {
  const from = (layer: string) => ({ source: "ground", "source-layer": layer });
  return [
    { id: "ground-land", type: "fill", ...from("landuse"), paint: { "fill-color": colours("paper-3"), "fill-opacity": 0.5 } },
    { id: "ground-water", type: "fill", ...from("water"), paint: { "fill-color": colours("accent-soft") } },
    { id: "ground-roads", type: "line", ...from("roads"), paint: { "line-color": colours("paper-0"), "line-width": 1.5 } },
    { id: "ground-buildings", type: "fill", ...from("buildings"), minzoom: 15, paint: { "fill-color": colours("line") } },
  ];
}

function areaLayers(colours: Colours, isOverGround: boolean, within: string | undefined): LayerSpecification[] {
  const dim = within ? (["case", ["==", ["get", "code"], within], 1, 0.35] as const) : 1;
  return [
    {
      id: "community-fill",
      type: "fill",
      source: "street",
      filter: ["==", ["get", "layer"], "community"],
      paint: { "fill-color": colours("paper-0"), "fill-opacity": isOverGround ? 0.25 : (dim as number) },
    },
    {
      id: "road",
      type: "line",
      source: "street",
      filter: ["==", ["get", "layer"], "road"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": colours("paper-3"),
        "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 1.5, 15, ["case", ["==", ["get", "rank"], "main"], 7, 4], 18, 26],
      },
    },
    {
      // Only outlines that come with `gap` have it: the part of a grid for which nobody answers.
      id: "grid-gap",
      type: "fill",
      source: "street",
      filter: ["has", "gap"],
      paint: {
        "fill-color": colours("late-ink"),
        "fill-opacity": ["interpolate", ["linear"], ["get", "gap"], 0, 0, 0.001, 0.15, 1, 0.7],
      },
    },
    {
      id: "grid-line",
      type: "line",
      source: "street",
      minzoom: 13.5,
      filter: ["==", ["get", "layer"], "grid"],
      paint: { "line-color": colours("line-strong"), "line-width": 0.75, "line-dasharray": [3, 2] },
    },
    {
      id: "living-area-line",
      type: "line",
      source: "street",
      minzoom: 14,
      filter: ["==", ["get", "layer"], "living_area"],
      paint: { "line-color": colours("accent-line"), "line-width": 1 },
    },
    {
      id: "community-line",
      type: "line",
      source: "street",
      filter: ["==", ["get", "layer"], "community"],
      layout: { "line-join": "round" },
      paint: { "line-color": colours("accent"), "line-width": ["interpolate", ["linear"], ["zoom"], 12, 1.25, 16, 2.5], "line-opacity": dim as number },
    },
  ];
}

function detailLayers(colours: Colours): LayerSpecification[] {
  return [
    {
      id: "building",
      type: "fill",
      source: "street",
      minzoom: 14.5,
      filter: ["==", ["get", "layer"], "building"],
      paint: { "fill-color": colours("paper-2"), "fill-outline-color": colours("line-strong") },
    },
    {
      id: "picked-grid",
      type: "line",
      source: "street",
      filter: ["==", ["get", "code"], ""],
      paint: { "line-color": colours("accent"), "line-width": 3 },
    },
  ];
}

function labelLayers(colours: Colours): LayerSpecification[] {
  const halo = { "text-halo-color": colours("paper-0"), "text-halo-width": 1.6 };
  const label = (
    id: string,
    kind: string,
    zooms: [number, number],
    size: number | ExpressionSpecification,
    ink: string,
    line = false,
  ): LayerSpecification => ({
    id,
    type: "symbol",
    source: "street",
    minzoom: zooms[0],
    maxzoom: zooms[1],
    filter: ["==", ["get", "layer"], kind],
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": size,
      "text-max-width": kind === "community" ? 5 : 8,
      "text-padding": 2,
      ...(line ? { "symbol-placement": "line" as const } : {}),
    },
    paint: { "text-color": ink, ...halo },
  });
  return [
    label("road-name", "road", [14, 24], 12, colours("ink-3"), true),
    label("building-name", "building", [16.5, 24], 11, colours("ink-3")),
    label("grid-name", "grid", [15, 16.5], 11.5, colours("ink-3")),
    label("living-area-name", "living_area", [14.6, 24], 12.5, colours("accent-strong")),
    label("community-name", "community", [11, 15.5], ["interpolate", ["linear"], ["zoom"], 12.5, 11, 14, 14], colours("ink-1")),
  ];
}
