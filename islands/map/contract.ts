/** What the server sends; described in islands/README.md. */

import type { Feature, FeatureCollection, Geometry, Point } from "geojson";

export type Tone = "open" | "wait" | "soon" | "late" | "done" | "plain";
export const TONES: readonly Tone[] = ["open", "wait", "soon", "late", "done", "plain"];

export interface OutlineProperties {
  layer: "community" | "living_area" | "grid" | "building" | "road";
  name?: string;
  code?: string;
  rank?: string;
  gap?: number;
}

export interface CaseProperties {
  reference: string;
  href: string;
  title: string;
  tone: Tone;
  state: string;
  place?: string;
  due?: string;
}

export type Outlines = FeatureCollection<Geometry, OutlineProperties>;
export type Cases = FeatureCollection<Point, CaseProperties>;
export type Outline = Feature<Geometry, OutlineProperties>;

/** The answer of data-lookup: where a point lies. */
export interface Place {
  grid: { code: string; name: string } | null;
  community: { code: string; name: string } | null;
}

export type Mode = "show" | "pick" | "cases";

export async function fetchJson<T>(address: string): Promise<T> {
  const response = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${address}`);
  return (await response.json()) as T;
}
