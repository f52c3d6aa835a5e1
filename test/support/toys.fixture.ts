import type { Store } from '#dynamodb/client.ts';
import { commit, maximumWrites } from '#dynamodb/commit.ts';
import { row } from '#dynamodb/row.ts';
import { overwrite } from '#dynamodb/write.ts';

/** Rows for tests of the store and the pipeline, without the rules of a resource. */

export type Toy = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly version: number;
  readonly secret?: string;
};

/** `trunk#1001` by id; GSI1 by kind. */
export const toyRow = row<'trunk', Toy, { id: string }>('trunk', {
  sort: ({ id }) => id,
  index1: (toy, organization) => ({ partition: [String(organization), toy.kind], sort: toy.id }),
});

/** A unique name of a toy. */
export const toyNameRow = row<'trunk-name', { name: string; owner: string }, { name: string }>('trunk-name', {
  sort: ({ name }) => name,
});

export const toy = (at: number, more: Partial<Toy> = {}): Toy => ({
  id: `trunk_${String(at).padStart(6, '0')}`,
  name: `Toy ${at}`,
  kind: at % 2 === 0 ? 'even' : 'odd',
  version: 1,
  ...more,
});

export const toys = (count: number): Toy[] => Array.from({ length: count }, (_, at) => toy(at + 1));

/** Stores toys in as few transactions as possible. */
export async function storeToys(store: Store, organization: number, items: readonly Toy[]): Promise<void> {
  for (let at = 0; at < items.length; at += maximumWrites)
    await commit(
      store,
      organization,
      items.slice(at, at + maximumWrites).map((item) => overwrite(toyRow, item)),
    );
}
