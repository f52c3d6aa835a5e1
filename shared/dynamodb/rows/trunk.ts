import type { NumberFormat } from '../../telephony/number-format.ts';
import type { Trunk } from '../../telephony/trunk.ts';
import {
  keepsAlive,
  keepsRegistered,
  type RegistrationChange,
  type TrunkRegistration,
} from '../../telephony/trunk-registration.ts';
import { omit } from '../../schema/omit.ts';
import { row } from '../row.ts';
import { shardOf } from '../shard.ts';
import type { Table } from '../table.ts';
import { change, overwrite, remove, type Write } from '../write.ts';

export type TrunkItem = Trunk;

/** Number of partitions of the trunks that the sidecar registers or keeps alive. Sidecar tasks lease them. */
export const registrationShards = 16;

/** The GSI1 partition of a shard of the trunks that register or are kept alive, after the entity. */
export const supervisedTrunks = (shard: number): readonly string[] => ['register', String(shard)];

/** The GSI2 partition of all of them, by their last change. */
export const changedTrunks: readonly string[] = ['changes'];

const isSupervised = (trunk: Trunk): boolean => keepsRegistered(trunk) || keepsAlive(trunk);

/**
 * `trunk#1001`, newest first by id. The trunks that register with their peer or send keep-alives: GSI1 by shard, GSI2
 * by their last change.
 */
export const trunkRow = row<'trunk', TrunkItem, { id: string }>('trunk', {
  afterClosing: 'an organization with trunks is not closed',
  sort: ({ id }) => id,
  index1: (trunk) =>
    isSupervised(trunk)
      ? { partition: supervisedTrunks(shardOf(trunk.id, registrationShards)), sort: trunk.id }
      : undefined,
  index2: (trunk) =>
    isSupervised(trunk) ? { partition: changedTrunks, sort: `${trunk.updated_at}#${trunk.id}` } : undefined,
  unsharded: 'people and programs change few trunks a second; registrations are other items',
  schema: 2,
  // Trunks of the first form neither register nor answer challenges.
  upgrade: (trunk) => ({ ...trunk, suspended_by_operator: false, sealed_password: null, registration_epoch: 0 }),
});

/** The number formats of trunks that have one of their own, by id. Ids that are no trunk's are skipped. */
export async function readTrunkFormats(
  table: Pick<Table<'trunk'>, 'getAll'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NumberFormat>> {
  const trunks = await table.getAll(
    trunkRow,
    [...new Set(ids)].map((id) => ({ id })),
  );
  return new Map(trunks.flatMap((trunk) => (trunk?.number_format == null ? [] : [[trunk.id, trunk.number_format]])));
}

/** Names are unique in an organization, ignoring case. */
export const trunkNameRow = row<'trunk-name', { name: string; owner: string }, { name: string }>('trunk-name', {
  afterClosing: 'an organization with trunks is not closed',
  sort: ({ name }) => name,
});

/**
 * The registration of a trunk. A change that requires a new registration puts an item of the next epoch. The task that
 * registers the trunk writes the results by {@link saveRegistrationResult}.
 */
export type TrunkRegistrationItem = TrunkRegistration & {
  /** Id of the trunk. */
  readonly id: string;
  /** Call-ID and CSeq of the last REGISTER, from which another task continues (RFC 3261 §10.2.4). */
  readonly call_id: string | null;
  readonly cseq: number;
};

/** `trunk-registration#1001`. Its own item, so that the version of the trunk stays. */
export const trunkRegistrationRow = row<'trunk-registration', TrunkRegistrationItem, { id: string }>(
  'trunk-registration',
  { afterClosing: 'an organization with trunks is not closed', sort: ({ id }) => id },
);

/** What the last 200 said, and a later one may not say. */
const routeFields = ['service_route', 'associated_uris'] as const;

/** Saves the result of an attempt. Stale if the trunk was changed or deleted, or another task was faster. */
export const saveRegistrationResult = (
  before: TrunkRegistrationItem,
  after: TrunkRegistrationItem,
): Write<'trunk-registration'> =>
  change(
    trunkRegistrationRow,
    { id: after.id },
    {
      set: omit(after, 'id'),
      clear: routeFields.filter((field) => after[field] === undefined),
      onlyIf: {
        expression: '#epoch = :epoch AND #cseq = :cseq',
        names: { '#epoch': 'epoch', '#cseq': 'cseq' },
        values: { ':epoch': before.epoch, ':cseq': before.cseq },
      },
    },
  );

/** A new registration has no Call-ID yet; the sidecar's task that sends the first REGISTER sets it. */
export function registrationWrites(trunk: TrunkItem, change: RegistrationChange): Write<'trunk-registration'>[] {
  switch (change.kind) {
    case 'keep':
      return [];
    case 'begin':
      return [overwrite(trunkRegistrationRow, { ...change.registration, id: trunk.id, call_id: null, cseq: 0 })];
    case 'end':
      return [remove(trunkRegistrationRow, trunk)];
  }
}
