import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { oneLess } from '../../../shared/dynamodb/rows/count.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, within, type Write } from '../../../shared/dynamodb/write.ts';
import type { ExportJob } from '../cdr/export.ts';
import { exportRow, pointersBehind, runningExports } from '../cdr/row.ts';
import type { Filtered, Way } from '../cdr/search.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { readCdrs } from '../cdr-ingest/row.ts';
import type { cdrExports } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrExports>>>;

/** CDRs read at once, which is what BatchGetItem takes, and how often at the same time. */
const [cdrsAtOnce, batchesAtOnce] = [100, 5];

/** Some CDRs, and the place in time behind them; undefined: there are no more. */
type Found = { readonly cdrs: readonly FiledCdr[]; readonly cursor: string | undefined };

/** @param table of the organization whose job it is */
export const exportStore = (table: Reads) => ({
  get: (id: string) => table.get(exportRow, { id }),
  /** Reads what a job exports, from anywhere on. */
  reader: async (
    { from, to }: Pick<ExportJob, 'from' | 'to'>,
    way: Way,
    keep: (cdr: Filtered) => boolean,
  ): Promise<(after: string | null) => Promise<Found>> => {
    const { charge_shards: shards = 1 } = (await table.get(organizationRow, {})) ?? {};
    const behind = await pointersBehind(table, way, { shards, from, to });
    return async (after) => {
      const { items, cursor } = await behind({
        limit: cdrsAtOnce * batchesAtOnce,
        ...(after === null ? {} : { after }),
      });
      const wanted = items.filter(keep);
      const batches = Array.from({ length: Math.ceil(wanted.length / cdrsAtOnce) }, (_, at) =>
        wanted.slice(at * cdrsAtOnce, (at + 1) * cdrsAtOnce),
      );
      const cdrs = await Promise.all(
        batches.map((batch) =>
          readCdrs(
            table,
            batch.map(({ id }) => id),
          ),
        ),
      );
      return { cdrs: cdrs.flat(), cursor };
    };
  },
});

/** Writes down what a job has come to, as long as it is the turn that was read. */
export const changing = (
  { id, org_id, turn }: ExportJob,
  { turn: next, turn_until, status, rows, after, file, written, sha256, error }: ExportJob,
): Write<'export'>[] =>
  within(org_id, [
    change(
      exportRow,
      { id },
      {
        set: { turn: next, turn_until, status, rows, after, file, written, sha256, error },
        onlyIf: { expression: '#turn = :turn', names: { '#turn': 'turn' }, values: { ':turn': turn } },
      },
    ),
  ]);

/** A job that is over lets another one begin. */
export const oneAtWorkLess = ({ org_id }: ExportJob): Write<'count'>[] => within(org_id, [oneLess(runningExports)]);
