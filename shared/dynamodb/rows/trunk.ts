import type { Trunk } from '../../telephony/trunk.ts';
import { keepsAlive, keepsRegistered, type TrunkRegistration } from '../../telephony/trunk-registration.ts';
import { row } from '../row.ts';
import { shardOf } from '../shard.ts';
import { change, type Write } from '../write.ts';

export type TrunkItem = Trunk;

/**
 * Partitions over which the trunks of all organizations that the sidecar looks after are spread; tasks share them out
 * by leases.
 */
export const registrationShards = 16;

/** The partition of GSI1 that holds a shard of the trunks that register, or are kept alive, after the entity. */
export const supervisedTrunks = (shard: number): readonly string[] => ['register', String(shard)];

/** `trunk#1001`, newest first by id; GSI1: those that keep a binding with their peer, or the way to it open. */
export const trunkRow = row<'trunk', TrunkItem, { id: string }>('trunk', {
  sort: ({ id }) => id,
  index1: (trunk) =>
    keepsRegistered(trunk) || keepsAlive(trunk)
      ? { partition: supervisedTrunks(shardOf(trunk.id, registrationShards)), sort: trunk.id }
      : undefined,
  schema: 2,
  // Trunks of the first form neither register nor answer challenges.
  upgrade: (trunk) => ({ ...trunk, suspended_by_operator: false, sealed_password: null, registration_epoch: 0 }),
});

/** Names are unique in an organization, case ignored. */
export const trunkNameRow = row<'trunk-name', { name: string; owner: string }, { name: string }>('trunk-name', {
  sort: ({ name }) => name,
});

/**
 * How a trunk is registered just now. Whoever changes the trunk so that it registers anew puts a new one of
 * the next epoch; the task that registers it writes what came of its tries by {@link saveRegistrationResult}.
 */
export type TrunkRegistrationItem = TrunkRegistration & {
  /** Of the trunk. */
  readonly id: string;
  /** Of the last REGISTER: another task goes on from them (RFC 3261 §10.2.4). */
  readonly call_id: string | null;
  readonly cseq: number;
};

/** `trunk-registration#1001` */
export const trunkRegistrationRow = row<'trunk-registration', TrunkRegistrationItem, { id: string }>(
  'trunk-registration',
  { sort: ({ id }) => id },
);

/** What came of a try. Stale when the trunk was changed or deleted meanwhile, or another task was faster. */
export const saveRegistrationResult = (
  before: TrunkRegistrationItem,
  { id, ...after }: TrunkRegistrationItem,
): Write<'trunk-registration'> =>
  change(
    trunkRegistrationRow,
    { id },
    {
      set: after,
      onlyIf: {
        expression: '#epoch = :epoch AND #cseq = :cseq',
        names: { '#epoch': 'epoch', '#cseq': 'cseq' },
        values: { ':epoch': before.epoch, ':cseq': before.cseq },
      },
    },
  );
