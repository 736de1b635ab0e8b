/** Helps a resident to report. Each helper is optional and stands alone; the form works without all of them. */

import { keepDraft } from "./draft";
import { watchPhotos } from "./photos";
import { offerPosition } from "./position";
import { offerSpeech } from "./speech";
import { watchLimits } from "./limits";
import { offerCopy } from "./copy";
import { watchNearby } from "./nearby";
import { saveReceipt } from "./receipt";

const helpers = [keepDraft, watchPhotos, offerPosition, offerSpeech, watchLimits, saveReceipt, offerCopy, watchNearby];
for (const help of helpers) {
  try {
    help();
  } catch (problem) {
    console.warn("report", problem); // an old phone lacks something: the plain form stays
  }
}

document.querySelector<HTMLElement>("[data-focus]")?.focus();
