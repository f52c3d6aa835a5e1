import type { EventCatalogue } from '../schema/event-catalogue.ts';
import type { Derive } from './derived.ts';
import { effectsOf, type Contract } from './resource.ts';

const sorted = (types: readonly string[]): readonly string[] => [...new Set(types)].toSorted();

/**
 * The types of events that contracts declare. The platform writes no others.
 * @throws Error for an event that one contract declares as audited and another does not
 */
export function eventCatalogueOf(contracts: readonly Contract[]): EventCatalogue {
  const cascades = contracts.flatMap((contract) => contract.cascades ?? []);
  const effects = [...contracts.flatMap(effectsOf), ...cascades.flatMap((cascade) => cascade.effects)];
  const typesOf = (isAudited: boolean): readonly string[] =>
    sorted(effects.flatMap((each) => (each.kind === 'records' && each.audited === isAudited ? [each.event] : [])));
  const [audited, state] = [typesOf(true), typesOf(false)];
  const both = audited.filter((type) => state.includes(type));
  if (both.length > 0) throw new Error(`declared with records(…) and with reports(…): ${both.join(', ')}`);
  return { audited, state, cascades: sorted(cascades.map(({ event }) => event)) };
}

/** `derive` of the functions that check types of events, which read it by `shared/runtime/event-catalogue.ts`. */
export const deriveEventCatalogue: Derive = (contracts, _byArea, services) => ({
  'event-catalogue.json': eventCatalogueOf([...contracts, ...services]),
});
