import { ScanCommand, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Store } from '../../shared/dynamodb/client.ts';
import { deviceSecrets } from '../../shared/secrets/device-secrets.ts';
import type { Seals } from '../../shared/secrets/seals.ts';
import { ha1 } from '../../shared/sip/digest/algorithms.ts';

const Hashes = z.object({ realm: z.string(), md5: z.string(), sha256: z.string() });

/** The part of a stored SIP account that changes with its domain. A newer form is not touched. */
const Account = z.object({
  PK: z.string(),
  SK: z.string(),
  schema: z.literal(1),
  sip_username: z.string(),
  org_id: z.int(),
  device_id: z.string(),
  domain: z.string(),
  password: z.string(),
  ha1: z.array(Hashes),
  version: z.int(),
});
type Account = z.infer<typeof Account>;

async function* accountsIn({ client, tableName }: Store): AsyncGenerator<Account> {
  let after: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'begins_with(PK, :accounts)',
        ExpressionAttributeValues: { ':accounts': { S: 'sip-credential#' } },
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    for (const item of Items) yield Account.parse(unmarshall(item));
    after = LastEvaluatedKey;
  } while (after !== undefined);
}

/**
 * The credentials of an account in another realm, and those that it has: its phone works until it fetches its new file,
 * and afterwards.
 */
function credentialsIn(realm: string, { sip_username: username, ha1: hashes }: Account, password: string) {
  const of = { username, realm, password };
  const others = hashes.filter((each) => each.realm.toLowerCase() !== realm.toLowerCase());
  return [{ realm, md5: ha1('MD5', of), sha256: ha1('SHA-256', of) }, ...others];
}

/** Changes the account unless someone else has. @returns whether it did */
async function change({ client, tableName }: Store, account: Account, domain: string, password: string) {
  const { PK, SK, version } = account;
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: marshall({ PK, SK }),
        UpdateExpression: 'SET #domain = :domain, #ha1 = :ha1, #version = :next',
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#domain': 'domain', '#ha1': 'ha1', '#version': 'version' },
        ExpressionAttributeValues: marshall({
          ':domain': domain,
          ':ha1': credentialsIn(domain, account, password),
          ':version': version,
          ':next': version + 1,
        }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** How many accounts moved, were there already, or changed while they were moved. */
type Moved = { readonly moved: number; readonly unchanged: number; readonly busy: number };

/** Moves every SIP account to a domain. May be repeated: those that are there are left alone. */
export async function moveSipDomain(store: Store, seals: Seals, domain: string): Promise<Moved> {
  const counts = { moved: 0, unchanged: 0, busy: 0 };
  for await (const account of accountsIn(store)) {
    if (account.domain === domain) {
      counts.unchanged += 1;
      continue;
    }
    const { openSipPassword } = deviceSecrets(seals, account.org_id, account.device_id);
    const password = await openSipPassword(account.password, account.sip_username);
    counts[(await change(store, account, domain, password)) ? 'moved' : 'busy'] += 1;
  }
  return counts;
}
