import type { EventCatalogue } from '../schema/event-catalogue.ts';
import type { Assets } from './assets.ts';

/** The catalogue, which the build puts beside a bundle (`shared/contract/event-catalogue.ts`). */
export const eventCatalogueIn = (assets: Pick<Assets, 'json'>): EventCatalogue =>
  assets.json('event-catalogue.json') as EventCatalogue;
