import type { WriteName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { DomainNameItem, ReadDomains } from '#dynamodb/rows/domain.ts';
import type { Write } from '#dynamodb/write.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { sipDomainsOf, type Domain } from '#schema/domain.ts';
import { second } from '#schema/time.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { sesIdentities, type Identities } from '#mail/identities.ts';
import { platformDomain } from '#sip-domain.ts';
import type { SipAccountItem } from '../../telephony/rows/sip-account.ts';
import { differs, moveLine, moveTrunks, needsUpdate, withRealms, type Wanted } from './realms.ts';
import { domainChanges, domainMessage, type DomainMessage } from './contract.ts';
import { emailStatusChange, loseClaim, nextPoll, withIdentity } from './domain-status.ts';
import {
  accountWrites,
  changeStore,
  identityWrites,
  lineWrites,
  lostClaimWrites,
  trunkAccountWrites,
  trunkWrites,
} from './store.ts';

type Context = BackgroundContext<typeof domainChanges> & {
  readonly seals: Seals;
  /** The SIP domain of the platform. */
  readonly platform: string;
  readonly identities: Identities;
};
type ChangeWrite = Write<WriteName<EffectOf<typeof domainChanges>>>;

/** Milliseconds of work after which the message is sent again for the rest, well within the function's time-out. */
const workingTime = 30 * second;

/** The claim of an organization is lost, as another one has the name. */
async function endClaim({ host, org_id: organization, domain_id: id }: DomainNameItem, context: Context) {
  const store = changeStore(context.tableOf(organization));
  await context.transact(organization, async () => {
    const read = await store.domains();
    const before = read.domains.find((domain) => domain.id === id && domain.domain === host);
    const after = before === undefined ? undefined : loseClaim(before, context.clock().toISOString());
    if (before === undefined || after === undefined) return [];
    return [
      ...lostClaimWrites(before, after, read),
      context.recorderOf(organization)('domain.updated', {
        entity: { type: 'domain', id },
        description: `Another organization has verified ${host}`,
        before,
        after,
      }),
    ];
  });
}

/** Ends the claims of others for an active domain. */
async function endOtherClaims({ domain: host, org_id: winner }: Domain, context: Context): Promise<void> {
  const claims = await changeStore(context.tableOf(winner)).claims(host);
  if (!claims.some(({ claim, org_id: owner }) => claim === 'active' && owner === winner)) return;
  for (const claim of claims.filter(({ org_id: organization }) => organization !== winner))
    await endClaim(claim, context);
}

/** What the domains of an organization ask of its accounts. @param host name of a deleted domain */
function wantedBy({ domains }: ReadDomains, host: string | undefined, { platform }: Context): Wanted {
  const inactive = domains.filter(({ status }) => status !== 'active').map(({ domain }) => domain);
  return { ...sipDomainsOf(domains, platform), gone: host === undefined ? inactive : [...inactive, host] };
}

/** The writes with which a phone line follows the domains of its organization. */
async function followDomainsOfLine(username: string, { org_id, host }: DomainMessage, context: Context) {
  const store = changeStore(context.tableOf(org_id));
  const read = await store.domains();
  const [line, account] = await Promise.all([store.line(username), store.lineAccount(username)]);
  const isEnded = line === undefined || line.ended_at !== null || account === undefined;
  const moved = isEnded ? undefined : moveLine(line, account, wantedBy(read, host, context));
  if (isEnded || moved === undefined) return [];
  return lineWrites({ before: line, after: moved.line }, { before: account, after: moved.account }, read);
}

/** Lets the phone lines of an organization follow its domains. */
async function followLines(message: DomainMessage, context: Context): Promise<void> {
  const store = changeStore(context.tableOf(message.org_id));
  const { domains } = await store.domains();
  const present = sipDomainsOf(domains, context.platform).realms;
  for (const { username, domain } of await store.lines())
    if (!present.includes(domain))
      await context.transact(message.org_id, () => followDomainsOfLine(username, message, context));
}

/** The writes with which the account of a PBX or peer trunk follows the domains of its organization. */
async function followDomainsOfTrunk(username: string, { org_id, host }: DomainMessage, context: Context) {
  const store = changeStore(context.tableOf(org_id));
  const read = await store.domains();
  const before = await store.trunkAccount(username);
  const wanted = wantedBy(read, host, context);
  if (before === undefined || !differs(before, wanted)) return [];
  const password = await deviceSecrets(context.seals, org_id, before.trunk_id).openSipPassword(
    before.password,
    username,
  );
  return trunkAccountWrites({ before, after: withRealms(before, wanted, password) }, read);
}

/** Lets the PBX and peer trunks of an organization follow its domains. */
async function followTrunks(message: DomainMessage, context: Context): Promise<void> {
  for (const { inbound_username: username } of await changeStore(context.tableOf(message.org_id)).trunks())
    if (typeof username === 'string')
      await context.transact(message.org_id, () => followDomainsOfTrunk(username, message, context));
}

/** The writes with which a device and its accounts follow the domains of their organization. */
async function followDomains(id: string, { org_id: organization, host }: DomainMessage, context: Context) {
  const store = changeStore(context.tableOf(organization));
  const read = await store.domains();
  const device = await store.device(id);
  if (device === undefined) return [];
  const wanted = wantedBy(read, host, context);
  const accounts = (await store.accounts(device)).filter((account) => differs(account, wanted));
  if (accounts.length === 0) return [];
  const { openSipPassword } = deviceSecrets(context.seals, organization, id);
  const changes = accounts.map(async (before: SipAccountItem) => ({
    before,
    after: withRealms(before, wanted, await openSipPassword(before.password, before.sip_username)),
  }));
  const now = context.clock().toISOString();
  const isMoved = accounts.some(({ domain }) => domain !== wanted.domain);
  const moved = isMoved ? { before: device, after: needsUpdate(device, now) } : undefined;
  return accountWrites(await Promise.all(changes), moved, read);
}

/** Lets the devices of an organization follow its domains, slice by slice, then its phone lines and trunks. */
async function followAccounts(message: DomainMessage, context: Context): Promise<void> {
  const { org_id: organization } = message;
  const store = changeStore(context.tableOf(organization));
  const end = context.clock().getTime() + workingTime;
  let after = message.after;
  do {
    const devices = await store.devices(after);
    await Promise.all(
      devices.items.map(({ id }) => context.transact(organization, () => followDomains(id, message, context))),
    );
    after = devices.cursor;
  } while (after !== undefined && context.clock().getTime() < end);
  if (after !== undefined) await context.queues.send('consequences', [domainMessage({ ...message, after })]);
  else await Promise.all([followLines(message, context), followTrunks(message, context)]);
}

/** Trunks of a deleted domain get the present SIP domain as realm. */
async function detachTrunks({ org_id: organization, host = '' }: DomainMessage, context: Context): Promise<void> {
  const store = changeStore(context.tableOf(organization));
  const slice = async (): Promise<readonly ChangeWrite[]> => {
    const { domains } = await store.domains();
    const { domain, realms } = sipDomainsOf(domains, context.platform);
    if (realms.includes(host)) return [];
    const moved = moveTrunks(await store.trunks(), host, domain, context.clock().toISOString());
    const record = context.recorderOf(organization);
    return moved.flatMap((trunk) => [
      ...trunkWrites(trunk),
      record('trunk.updated', {
        entity: { type: 'trunk', id: trunk.after.id },
        description: `SIP trunk ${trunk.after.name} has another realm, as its domain was deleted`,
        before: trunk.before,
        after: trunk.after,
      }),
    ]);
  };
  for (let count = 1; count > 0;)
    await context.transact(organization, async () => {
      const writes = await slice();
      count = writes.length;
      return writes;
    });
}

/** Makes the identity of an active domain at the provider of e-mail, and stores its state. */
async function followIdentity({ org_id: organization, domain_id: id, work }: DomainMessage, context: Context) {
  const store = changeStore(context.tableOf(organization));
  const active = async (): Promise<Domain | undefined> => {
    const domain = await store.domain(id);
    return domain?.status === 'active' ? domain : undefined;
  };
  const domain = await active();
  if (domain === undefined) return;
  const identity = await context.identities.ensure(domain.domain, id, work === 'identity');
  await context.transact(organization, async () => {
    const before = await active();
    if (before === undefined) return [];
    const next = nextPoll(identity.status, before.verified_at, context.clock().getTime());
    const after = withIdentity(before, identity);
    const change = after === undefined ? undefined : emailStatusChange(before, after);
    const event = change === undefined ? [] : [context.recorderOf(organization)('domain.updated', change)];
    return [...identityWrites(before, after, next), ...event];
  });
}

/** What a change of a domain begins, and then the accounts. */
async function followChange(message: DomainMessage, context: Context): Promise<void> {
  const domain = await changeStore(context.tableOf(message.org_id)).domain(message.domain_id);
  if (domain?.status === 'active') {
    await endOtherClaims(domain, context);
    await context.queues.send('consequences', [domainMessage({ ...message, work: 'identity' })]);
  }
  await followAccounts({ ...message, work: 'accounts' }, context);
}

async function followDeletion(message: DomainMessage, context: Context): Promise<void> {
  await detachTrunks(message, context);
  await followAccounts({ ...message, work: 'accounts' }, context);
  // Last: phones and trunks do not wait for the provider of e-mail.
  await context.identities.remove(message.host ?? '', message.domain_id);
}

const works: Readonly<Record<DomainMessage['work'], (message: DomainMessage, context: Context) => Promise<void>>> = {
  changed: followChange,
  accounts: followAccounts,
  identity: followIdentity,
  poll: followIdentity,
  detach: followDeletion,
};

/** @param dependencies what the function uses from outside; tests pass their own */
export function domainChangesHandler(
  dependencies = { ...consumerDependencies(), secrets: secretsFromEnvironment(), identities: sesIdentities() },
) {
  const { identities } = dependencies;
  const own = {
    seals: sealsFrom(dependencies.secrets),
    platform: platformDomain(dependencies.environment),
    identities,
  };
  return consume(
    domainChanges,
    (deliveries: readonly Delivery<DomainMessage>[], context) =>
      settleEach(({ message }: Delivery<DomainMessage>, all: Context) => works[message.work](message, all))(
        deliveries,
        {
          ...context,
          ...own,
        },
      ),
    dependencies,
  );
}

export const handler = domainChangesHandler();
