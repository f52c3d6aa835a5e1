import type { Index } from '#contract/entities.ts';
import { indexPartition, partitionOf } from '#dynamodb/row.ts';
import { keyField } from './key-fields.ts';
import type { AnyRow } from './rows.ts';

/** How keys of a row are made: `trunk#<org_id>` and `<id>`. A shard that is `[#<shard>]` is absent in the first one. */
export type KeyForm = { readonly index: 'table' | Index; readonly partition: string; readonly sort: string };

/** Items of which keys are made: rows index some items only, and have other keys for some. */
const variants: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { shard: 0, charge_shards: 1 },
  {
    org_id: null,
    state: 'opted_out',
    rating: { status: 'unrated' },
    ended_at: null,
    enabled: true,
    ping: { enabled: true },
  },
  { kind: 'recording', created_by: null },
];

type Variant = (typeof variants)[number];
type Item = { readonly item: object; readonly used: ReadonlySet<string>; readonly variant: Variant };

/** An item with any field, and which of them were read. */
function newItem(variant: Variant): Item {
  const used = new Set<string>();
  const item = new Proxy(
    {},
    {
      get: (_, name) => {
        used.add(String(name));
        return String(name) in variant ? variant[String(name)] : keyField(String(name)).sample;
      },
    },
  );
  return { item, used, variant };
}

/** A key with the names of fields in the places of their values; `<hash>` for digests. */
function templateOf(key: string, { used, variant }: Omit<Item, 'item'>): string {
  const textsOf = (name: string) => [...keyField(name).texts, ...(name in variant ? [String(variant[name])] : [])];
  const values = [...used, 'organization'].flatMap((name) => textsOf(name).map((text) => ({ name, text })));
  return key
    .split(/(#|(?<![.][0-9]+)[/])/)
    .map((part) => {
      const found = values.find(({ text }) => part === text || part === text.padStart(part.length, '0'));
      return found === undefined ? part.replace(/^[0-9a-f]{64}$/, '<hash>') : `<${found.name}>`;
    })
    .join('');
}

const keyOf = (row: AnyRow, index: KeyForm['index'], item: object): Omit<KeyForm, 'index'> | undefined => {
  if (index === 'table') return { partition: partitionOf(row, 1_001, item), sort: String(row.sort(item)) };
  const key = (index === 'GSI1' ? row.index1 : row.index2)?.(item, 1_001);
  return key === undefined ? undefined : { partition: indexPartition(row.entity, key.partition), sort: key.sort };
};

/** The forms of a row's keys in the table and in its indexes. */
export function keyFormsOf(row: AnyRow): readonly KeyForm[] {
  const forms = (['table', 'GSI1', 'GSI2'] as const).flatMap((index) =>
    variants.flatMap((variant) => {
      const { item, ...of } = newItem(variant);
      const key = keyOf(row, index, item);
      return key === undefined
        ? []
        : [{ index, partition: templateOf(key.partition, of), sort: templateOf(key.sort, of) }];
    }),
  );
  const known = forms.filter(({ partition, sort }) => !`${partition}${sort}`.includes('null'));
  return [...new Map(known.map((form) => [`${form.index} ${form.partition} ${form.sort}`, form])).values()];
}
