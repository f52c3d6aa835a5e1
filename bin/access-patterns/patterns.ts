import { contracts, services } from '#functions/contracts.ts';
import type { Effect } from '#contract/effects.ts';
import type { Entity, Index } from '#contract/entities.ts';
import { allEffectsOf } from '#contract/pipeline-effects.ts';
import { effectsOf, type Contract } from '#contract/resource.ts';
import { keyFormsOf, type KeyForm } from './key-forms.ts';
import { loadRows } from './rows.ts';

/** What a function reads: items of an entity, by the keys of the table or of an index. */
export type Read = { readonly reader: string; readonly entity: Entity; readonly index: 'table' | Index };

/** The keys of a row, and who reads by them. */
export type AccessPattern = KeyForm & {
  readonly entity: Entity;
  readonly row: string;
  readonly readers: readonly string[];
  readonly unsharded: string | undefined;
};

const readsOf = (reader: string, effects: readonly Effect[]): readonly Read[] =>
  effects.flatMap((effect): readonly Read[] => {
    if (effect.kind === 'writes') return [{ reader, entity: effect.entity, index: 'table' }];
    return effect.kind === 'reads' ? [{ reader, entity: effect.entity, index: effect.index ?? 'table' }] : [];
  });

/** An endpoint reads by its route; what every request with a credential reads, `pipeline` does. */
function readsOfContract(contract: Contract): readonly Read[] {
  if (contract.kind !== 'resource') return readsOf(contract.name, allEffectsOf(contract));
  const own = new Set(effectsOf(contract));
  return [
    ...contract.endpoints.flatMap(({ route, effects }) => readsOf(route, effects)),
    ...readsOf(
      'pipeline',
      allEffectsOf(contract).filter((effect) => !own.has(effect)),
    ),
  ];
}

/** Every read that a contract declares. None is a Scan: the store has none. */
export const allReads: readonly Read[] = [...contracts, ...services].flatMap(readsOfContract);

/** The table of access patterns, from the rows and the effects: a row has one for each form of its keys. */
export async function accessPatterns(): Promise<readonly AccessPattern[]> {
  return (await loadRows()).flatMap(({ name, row: { entity, unsharded, ...row } }) =>
    keyFormsOf({ entity, ...row }).map((form) => ({
      ...form,
      entity,
      row: name,
      unsharded,
      readers: [
        ...new Set(
          allReads.filter((read) => read.entity === entity && read.index === form.index).map(({ reader }) => reader),
        ),
      ],
    })),
  );
}
