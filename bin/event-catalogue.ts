import { writeFileSync } from 'node:fs';
import { contracts, services } from '#functions/contracts.ts';
import { effectsOf } from '#contract/resource.ts';

/**
 * Lists the events that contracts declare in `shared/contract/event-catalogue.ts`, so that a function which has to know
 * all types need not include all contracts: `npm run events`.
 */

/** @throws Error for an event that one contract declares as audited and another does not */
export function renderEventCatalogue(): string {
  const declared = [...contracts, ...services].flatMap((contract) => [
    ...effectsOf(contract),
    ...(contract.cascades ?? []).flatMap(({ effects }) => effects),
  ]);
  const typesOf = (isAudited: boolean): string[] =>
    [
      ...new Set(
        declared.flatMap((each) => (each.kind === 'records' && each.audited === isAudited ? [each.event] : [])),
      ),
    ].toSorted();
  const [audited, state] = [typesOf(true), typesOf(false)];
  const both = audited.filter((type) => state.includes(type));
  if (both.length > 0) throw new Error(`declared with records(…) and with reports(…): ${both.join(', ')}`);
  const withCascades = [
    ...new Set(contracts.flatMap(({ cascades = [] }) => cascades.map(({ event }) => event))),
  ].toSorted();
  const list = (types: readonly string[]): string => types.map((type) => `  '${type}',\n`).join('');
  return `/** Written by \`npm run events\` from the events that contracts declare. */

/** Events that are sealed into the event log. */
export const auditedEvents = [
${list(audited)}] as const;

/** Events of state and traffic: available at \`/events\`, never sealed. */
export const stateEvents = [
${list(state)}] as const;

/** Events after which something is deleted or changed: those of cascades. */
export const cascadeEvents = [
${list(withCascades)}] as const;
`;
}

if (import.meta.main)
  writeFileSync(new URL('../shared/contract/event-catalogue.ts', import.meta.url), renderEventCatalogue());
