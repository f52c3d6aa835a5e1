import { packed, unpacked } from '../../shared/dynamodb/packed.ts';
import { row } from '../../shared/dynamodb/row.ts';
import type { Rate } from './rate.ts';
import { chunksOf, ratesOf } from './rate-list.ts';
import type { Tariff } from './tariff.ts';

/** The present version of a tariff, and how many profiles use it: while any does, its currency is fixed. */
export type TariffItem = Tariff & { readonly profiles: number };

/** `tariff#1000`, by id. */
export const tariffRow = row<'tariff', TariffItem, { id: string }>('tariff', { sort: ({ id }) => id });

/** Names are unique in an organization, case ignored. */
export const tariffNameRow = row<'tariff-name', { name: string; owner: string }, { name: string }>('tariff-name', { sort: ({ name }) => name });

/** Names that differ in case only are the same. */
export const foldedName = (name: string): string => name.toLowerCase();

type Version = { readonly tariff: string; readonly version: number };

/** A part of a version, which never changes: part 0 is the tariff as it was, the others hold its rates by prefix. */
export type TariffPart = Version & { readonly part: number; readonly as?: Tariff; readonly rates?: Uint8Array };

/** `tariffchunk#1000#trf_…#<version>`, part by part. */
export const tariffPartRow = row<'tariffchunk', TariffPart, Version & { part: number }, Version>('tariffchunk', {
  partition: ({ tariff, version }) => [tariff, String(version)],
  sort: ({ part }) => String(part).padStart(6, '0'),
});

/** The parts of a version with these rates. */
export const partsOf = (tariff: Tariff, rates: readonly Rate[]): TariffPart[] => {
  const version: Version = { tariff: tariff.id, version: tariff.version };
  return [{ ...version, part: 0, as: tariff }, ...chunksOf(rates).map((chunk, at) => ({ ...version, part: at + 1, rates: packed(chunk) }))];
};

/** The rates of a part. */
export const ratesIn = ({ rates }: TariffPart): Rate[] => (rates === undefined ? [] : ratesOf(unpacked(rates)));
