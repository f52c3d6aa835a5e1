import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { mobile } from './contract.ts';
import { simKeyRow, simRow, simsOfUser } from './row.ts';

/** SIM cards in one slice. */
const limit = 12;
const keyKinds = ['iccid', 'imsi', 'msisdn'] as const;

export const cascade: CascadeSteps<typeof mobile> = {
  'user.deleted': [
    async (user, { table }) => {
      const { items } = await table.queryIndex(simRow, 'GSI1', simsOfUser(table.organization, user), { limit });
      // The index may still show some that have no user any more.
      const sims = (await table.getAll(simRow, items)).flatMap((sim) => (sim?.user_id === user ? [sim] : []));
      return sims.map((sim) => replace(simRow, { ...sim, user_id: null, version: sim.version + 1 }, sim));
    },
  ],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(simRow, {}, { limit });
      return items.flatMap((sim) => [
        remove(simRow, sim),
        ...keyKinds.flatMap((kind) => (sim[kind] === null ? [] : [remove(simKeyRow, { kind, number: sim[kind] })])),
      ]);
    },
  ],
};
