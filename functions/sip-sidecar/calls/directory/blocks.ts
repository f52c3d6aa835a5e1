import { readToEnd } from '#dynamodb/read-to-end.ts';
import { blockedCallerRow } from '#functions/telephony/rows/blocked-caller.ts';
import { cacheResults } from '#concurrency/cache.ts';
import { second } from '#schema/time.ts';
import { BlockedCaller } from '#telephony/blocked-caller.ts';
import type { SidecarContext } from '../../leases/membership.ts';

/** The callers that an organization blocks. */
export type BlockSource = (organization: number) => Promise<readonly BlockedCaller[]>;

/** An organization may block 1,000 callers: its calls do not read them one by one. */
const cache = { ttl: 10 * second, max: 1_000 } as const;

export const blockSource = ({ tableOf, clock }: Pick<SidecarContext, 'tableOf' | 'clock'>): BlockSource =>
  cacheResults(
    async (organization: number) => {
      const table = tableOf(organization);
      const items = await readToEnd((after) => table.query(blockedCallerRow, {}, after));
      return items.map((item) => BlockedCaller.parse(item));
    },
    cache,
    () => clock().getTime(),
  );
