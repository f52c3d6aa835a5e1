import type { Store } from '../dynamodb/client.ts';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import { operatorOrganization } from '../dynamodb/rows/organization.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { change, inOrganization, type Write } from '../dynamodb/write.ts';
import type { Recorder } from '../runtime/event-record.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { planRotation } from './key-lifecycle.ts';
import { makeSigningKey } from './signing-keys.ts';

type Dependencies = {
  readonly store: Store;
  readonly secrets: Secrets<'signing-keys'>;
  readonly now: Date;
  /** For events of the operator's organization. */
  readonly record: Recorder;
};

const readKeys = async (store: Store): Promise<readonly SigningKeyItem[]> =>
  (await tableFor<'signingkey'>(store, 0).query<'signingkey', SigningKeyItem, object>(signingKeyRow, {})).items;

/** Commits; false if another rotation was faster and completes the work. */
async function tryWrites(store: Store, writes: readonly Write[]): Promise<boolean> {
  try {
    await commit(store, 0, writes);
    return true;
  } catch (error) {
    if (error instanceof StaleWrite) return false;
    throw error;
  }
}

const hastenWrite = (key: SigningKeyItem, activeFrom: Date): Write<'signingkey'> =>
  change(signingKeyRow, key, {
    set: { active_from: activeFrom.toISOString() },
    onlyIf: { expression: '#from = :read', names: { '#from': 'active_from' }, values: { ':read': key.active_from } },
  });

const retireWrite = (key: SigningKeyItem, at: string): Write<'signingkey'> =>
  change(signingKeyRow, key, {
    set: { retired_at: at },
    onlyIf: { expression: 'attribute_not_exists(#at)', names: { '#at': 'retired_at' } },
  });

/**
 * Rotates the signing keys: retires those that no longer sign, and publishes a next key, which starts to sign by
 * itself. An interrupted rotation is completed by the next run.
 * @param atOnce whether the next key signs as soon as it has been published long enough
 * @returns the key whose start was set, if any
 */
export async function rotateSigningKeys(
  { store, secrets, now, record }: Dependencies,
  { atOnce }: { readonly atOnce: boolean },
): Promise<SigningKeyItem | undefined> {
  const { hastened } = planRotation(await readKeys(store), now, { atOnce });
  if (hastened !== undefined) await tryWrites(store, [hastenWrite(hastened.key, hastened.activeFrom)]);
  const keys = await readKeys(store);
  const { retired, wanted } = planRotation(keys, now, { atOnce: atOnce && hastened === undefined });
  for (const { key, successor } of retired) {
    const event = record('auth.key.rotated', {
      entity: { type: 'signingkey', id: successor.kid },
      description: 'The key that signs session tokens was rotated',
      fields: { retired: key.kid, active_from: successor.active_from },
    });
    await tryWrites(store, [retireWrite(key, successor.active_from), ...inOrganization(operatorOrganization, [event])]);
  }
  const made = wanted === undefined ? undefined : await makeSigningKey(store, secrets, { ...wanted, now });
  return hastened === undefined ? made : { ...hastened.key, active_from: hastened.activeFrom.toISOString() };
}
