import { deriveEventCatalogue } from '#contract/event-catalogue.ts';

export const derive = deriveEventCatalogue;
