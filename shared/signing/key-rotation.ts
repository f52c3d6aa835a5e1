import type { Store } from '../dynamodb/client.ts';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import { operatorOrganization } from '../dynamodb/rows/organization.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { change, within, type Write } from '../dynamodb/write.ts';
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

/** False when another rotation was faster, which then does what there is to do. */
async function committed(store: Store, writes: readonly Write[]): Promise<boolean> {
  try {
    await commit(store, 0, writes);
    return true;
  } catch (error) {
    if (error instanceof StaleWrite) return false;
    throw error;
  }
}

const hastening = (key: SigningKeyItem, activeFrom: Date): Write<'signingkey'> =>
  change(signingKeyRow, key, {
    set: { active_from: activeFrom.toISOString() },
    onlyIf: { expression: '#from = :read', names: { '#from': 'active_from' }, values: { ':read': key.active_from } },
  });

const retirement = (key: SigningKeyItem, at: string): Write<'signingkey'> =>
  change(signingKeyRow, key, {
    set: { retired_at: at },
    onlyIf: { expression: 'attribute_not_exists(#at)', names: { '#at': 'retired_at' } },
  });

/**
 * Brings the signing keys on: retires what signs no longer, and keeps a next key published, whose hour comes by
 * itself. `atOnce`: the next key signs as soon as it was published for long enough, which it usually was.
 * Whatever it is interrupted in, the next run completes. @returns the key whose hour was set, if one was
 */
export async function rotateSigningKeys(
  { store, secrets, now, record }: Dependencies,
  { atOnce }: { readonly atOnce: boolean },
): Promise<SigningKeyItem | undefined> {
  const { hastened } = planRotation(await readKeys(store), now, { atOnce });
  if (hastened !== undefined) await committed(store, [hastening(hastened.key, hastened.activeFrom)]);
  const keys = await readKeys(store);
  const { retired, wanted } = planRotation(keys, now, { atOnce: atOnce && hastened === undefined });
  for (const { key, successor } of retired) {
    const event = record('auth.key.rotated', {
      entity: { type: 'signingkey', id: successor.kid },
      description: 'The key that signs session tokens was rotated',
      fields: { retired: key.kid, active_from: successor.active_from },
    });
    await committed(store, [retirement(key, successor.active_from), ...within(operatorOrganization, [event])]);
  }
  const made = wanted === undefined ? undefined : await makeSigningKey(store, secrets, { ...wanted, now });
  return hastened === undefined ? made : { ...hastened.key, active_from: hastened.activeFrom.toISOString() };
}
