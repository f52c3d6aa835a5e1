import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { oneMore } from '../../shared/dynamodb/rows/count.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { change, create, remove, type Write } from '../../shared/dynamodb/write.ts';
import type { tariffs } from './contract.ts';
import type { Rate } from './rate.ts';
import { foldedName, partsOf, tariffNameRow, tariffPartRow, tariffRow, type TariffItem } from './row.ts';
import type { Tariff } from './tariff.ts';

/** Of one organization (billing.md, "limits"). */
const mostTariffs = 100;

const nameOf = ({ name, id }: Tariff) => create(tariffNameRow, { name: foldedName(name), owner: id }, 'NAME_TAKEN', `A tariff named ${name} exists`);
const partsIn = (tariff: Tariff, rates: readonly Rate[]) => partsOf(tariff, rates).map((part) => create(tariffPartRow, part));

export const tariffStore = (table: Table<ReadName<EffectOf<typeof tariffs>>>) => ({
  get: (id: string) => table.get(tariffRow, { id }),
});

export const creation = (tariff: Tariff, rates: readonly Rate[]) =>
  [create(tariffRow, { ...tariff, profiles: 0 }), nameOf(tariff), oneMore('tariffs', mostTariffs), ...partsIn(tariff, rates)] as const;

/**
 * Switches the tariff to its next version, whose rates are written along. An update, as profiles that begin
 * to use the tariff are counted in the same item meanwhile; none may, where the currency changes.
 */
export const nextVersionWrites = (before: TariffItem, after: Tariff, rates: readonly Rate[]): Write<'tariff' | 'tariff-name' | 'tariffchunk'>[] => [
  change(tariffRow, after, {
    set: after,
    onlyIf: {
      expression: '#version = :read AND (#currency = :currency OR #profiles = :none)',
      names: { '#version': 'version', '#currency': 'currency', '#profiles': 'profiles' },
      values: { ':read': before.version, ':currency': after.currency, ':none': 0 },
    },
  }),
  ...partsIn(after, rates),
  ...(foldedName(before.name) === foldedName(after.name) ? [] : [nameOf(after), remove(tariffNameRow, { name: foldedName(before.name) })]),
];
