import type { Store } from '../dynamodb/client.ts';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import { operatorOrganization } from '../dynamodb/rows/organization.ts';
import type { SigningKeyItem } from '../dynamodb/rows/user.ts';
import { change, inOrganization, type Write } from '../dynamodb/write.ts';
import type { Recorder } from '../runtime/event-record.ts';
import type { SecretName } from '../contract/effects.ts';
import { planRotation } from './key-lifecycle.ts';
import type { KeyUse } from './key-use.ts';
import { makeSigningKey, readSigningKeys, type KeyStore } from './signing-keys.ts';

type Dependencies<S extends SecretName> = KeyStore<S> & {
  readonly now: Date;
  /** For events of the operator's organization. */
  readonly record: Recorder;
};

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

const hastenWrite = ({ row }: KeyUse, key: SigningKeyItem, activeFrom: Date): Write =>
  change(row, key, {
    set: { active_from: activeFrom.toISOString() },
    onlyIf: { expression: '#from = :read', names: { '#from': 'active_from' }, values: { ':read': key.active_from } },
  });

const retireWrite = ({ row }: KeyUse, key: SigningKeyItem, at: string): Write =>
  change(row, key, {
    set: { retired_at: at },
    onlyIf: { expression: 'attribute_not_exists(#at)', names: { '#at': 'retired_at' } },
  });

/**
 * Rotates the keys of a use: retires those that no longer sign, and publishes a next key, which starts to sign by
 * itself. An interrupted rotation is completed by the next run.
 * @param atOnce whether the next key signs as soon as it has been published long enough
 * @returns the key whose start was set, if any
 */
export async function rotateSigningKeys<S extends SecretName>(
  { now, record, ...of }: Dependencies<S>,
  { atOnce }: { readonly atOnce: boolean },
): Promise<SigningKeyItem | undefined> {
  const { store, use } = of;
  const { hastened } = planRotation(await readSigningKeys(store, use), now, { atOnce });
  if (hastened !== undefined) await tryWrites(store, [hastenWrite(use, hastened.key, hastened.activeFrom)]);
  const keys = await readSigningKeys(store, use);
  const { retired, wanted } = planRotation(keys, now, { atOnce: atOnce && hastened === undefined });
  for (const { key, successor } of retired) {
    const event = record(use.rotated.type, {
      entity: { type: use.row.entity, id: successor.kid },
      description: use.rotated.description,
      fields: { retired: key.kid, active_from: successor.active_from },
    });
    await tryWrites(store, [
      retireWrite(use, key, successor.active_from),
      ...inOrganization(operatorOrganization, [event]),
    ]);
  }
  const made = wanted === undefined ? undefined : await makeSigningKey(of, { ...wanted, now });
  return hastened === undefined ? made : { ...hastened.key, active_from: hastened.activeFrom.toISOString() };
}
