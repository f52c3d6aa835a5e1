import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Store } from '#dynamodb/client.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import type { Seals } from '#secrets/seals.ts';
import { ha1 } from '#sip/digest/algorithms.ts';
import { scanPartitions } from '../stage/scan.ts';

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

/** The right of an organization to a domain name. */
const ActiveName = z.object({ SK: z.string(), host: z.string().optional() });

/** The active domains of organizations. */
async function activeDomains(store: Store): Promise<ReadonlySet<string>> {
  const hosts = new Set<string>();
  for await (const item of scanPartitions(store, ['domain-name#'])) {
    const { SK: claim, host } = ActiveName.parse(unmarshall(item));
    if (claim === 'active' && host !== undefined) hosts.add(host);
  }
  return hosts;
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

/** The domain in the account's file, and the realm that it gets. */
type Target = { readonly domain: string; readonly realm: string };

/** Changes the account unless someone else has. @returns whether it did */
async function change(
  { client, tableName }: Store,
  account: Account,
  { domain, realm }: Target,
  password: string,
): Promise<boolean> {
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
          ':ha1': credentialsIn(realm, account, password),
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

const isIn = ({ domain, ha1: hashes }: Account, target: Target): boolean =>
  domain === target.domain && hashes.some(({ realm }) => realm.toLowerCase() === target.realm.toLowerCase());

/**
 * Moves the SIP account of every device to another domain of the platform. Those that use a domain of their
 * organization keep it, and get credentials for the other one. May be repeated: those that have all this are left
 * alone.
 */
export async function moveSipDomain(store: Store, seals: Seals, realm: string): Promise<Moved> {
  const counts = { moved: 0, unchanged: 0, busy: 0 };
  const own = await activeDomains(store);
  for await (const item of scanPartitions(store, ['sip-credential#'])) {
    const stored = unmarshall(item);
    // A phone line ends within a day, and its password is known to no one: it stays in its realm.
    if (stored['kind'] === 'line') continue;
    const account = Account.parse(stored);
    const target = { domain: own.has(account.domain) ? account.domain : realm, realm };
    if (isIn(account, target)) {
      counts.unchanged += 1;
      continue;
    }
    const { openSipPassword } = deviceSecrets(seals, account.org_id, account.device_id);
    const password = await openSipPassword(account.password, account.sip_username);
    counts[(await change(store, account, target, password)) ? 'moved' : 'busy'] += 1;
  }
  return counts;
}
