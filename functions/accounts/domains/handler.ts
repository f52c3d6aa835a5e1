import { randomPassword } from '#credentials/random.ts';
import { txtLookupFrom, type LookUpTxt } from '#outbound/txt-records.ts';
import type { ReadDomains } from '#dynamodb/rows/domain.ts';
import { AppError, found } from '#errors.ts';
import { commitsThenThrows, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion, commitUpdate, getOf, type ById } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { auditOf } from '#schema/audit.ts';
import { sipDomainsOf, type Domain } from '#schema/domain.ts';
import { platformDomain } from '#sip-domain.ts';
import { listedOrganizations } from '#dynamodb/listed-resources.ts';
import { deleteDomain, domains, getDomain, listDomains, saveDomain, updateDomain, verifyDomain } from './contract.ts';
import {
  activateDomain,
  assertNotReserved,
  assertVerified,
  changeDomain,
  demotePrimary,
  immutable,
  needsVerification,
  newDomain,
  promoteAlias,
  recordNames,
  replaceDomain,
  verificationRecord,
} from './domain.ts';
import { presentDomain, type Edge } from './presented-domain.ts';
import { createWrites, deleteWrites, domainStore, updateWrites } from './store.ts';
import { assertUnused } from './usage.ts';

type DomainsContext = Context<typeof domains>;
type Store = ReturnType<typeof domainStore>;

/** What the function knows of its deployment, and how it looks up records. */
type Tools = {
  readonly edge: Edge;
  /** The SIP domain of the platform. */
  readonly platform: string;
  /** Domains that belong to the operator. */
  readonly reserved: readonly string[];
  readonly lookUp: LookUpTxt;
  /** False on a machine whose domains need no proof. */
  readonly verifies: boolean;
};

const audit = auditOf('domain', {
  noun: 'Domain',
  describe: ({ domain }: Domain, verb) => `Domain ${domain} ${verb}`,
});
const newRecord = (): string => verificationRecord(randomPassword());
const othersThan = ({ id }: Pick<Domain, 'id'>, { domains: all }: ReadDomains): Domain[] =>
  all.filter((domain) => domain.id !== id);

/** A domain of the organization. @throws AppError NOT_FOUND */
const findDomain = ({ domains: all }: ReadDomains, id: string): Domain =>
  found(
    all.find((domain) => domain.id === id),
    'Domain',
  );

async function list(request: Request<typeof listDomains>, { table }: DomainsContext, { edge }: Tools) {
  const { query, page } = request;
  const matches = ({ status }: Domain): boolean => query.status === undefined || query.status === status;
  const { items, ...figures } = await domainStore(table).page(page(), listedOrganizations(request), matches);
  const { limit, offset, total } = figures;
  return ok(
    {
      domains: items.map((domain) => presentDomain(domain, edge)),
      pagination: {
        page: Math.floor(offset / limit) + 1,
        per_page: limit,
        total,
        total_pages: Math.ceil(total / limit),
      },
    },
    { figures },
  );
}

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: DomainsContext): Promise<Domain> =>
  found(await domainStore(table).get(params.id), 'Domain');

type SaveRequest = Request<typeof saveDomain>;

/** PUT of `new`. */
async function create(request: SaveRequest, { table, nextId }: DomainsContext, tools: Tools) {
  const { body, caller, organization, now } = request;
  const wanted = body();
  assertNotReserved(wanted.domain, tools.reserved, caller.reach === 'all');
  const read = await domainStore(table).read();
  const domain = newDomain(wanted, read.domains, {
    id: nextId('dom'),
    organization: organization.org_id,
    parent: organization.parent_id,
    record: newRecord(),
    now: now.toISOString(),
  });
  return commitCreation(audit, request, domain, {
    writes: createWrites(domain, read, demotePrimary(domain, read.domains, domain.created_at)),
    shown: presentDomain(domain, tools.edge),
    message: 'Domain created successfully. Please add DNS verification record.',
  });
}

/** A domain of the caller's own organization keeps it. @throws AppError IMMUTABLE_FIELD, NOT_FOUND */
async function assertNotMoved({ params, caller, organization }: SaveRequest, { tableOf }: DomainsContext) {
  if (organization.org_id === caller.organization) return;
  if ((await domainStore(tableOf(caller.organization)).get(params.id)) !== undefined)
    throw immutable('organization_id');
}

/** PUT of an id. */
async function replace(request: SaveRequest, context: DomainsContext, tools: Tools) {
  const { params, body, caller, now, pinnedVersion } = request;
  const read = await domainStore(context.table).read();
  if (!read.domains.some(({ id }) => id === params.id)) await assertNotMoved(request, context);
  const before = findDomain(read, params.id);
  const wanted = body();
  assertNotReserved(wanted.domain, tools.reserved, caller.reach === 'all');
  assertPinnedVersion(before, pinnedVersion);
  const others = othersThan(before, read);
  const after = replaceDomain(before, wanted, others, { record: newRecord(), now: now.toISOString() });
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: updateWrites(before, after, read, demotePrimary(after, others, after.updated_at)),
      shown: presentDomain(after, tools.edge),
    },
  );
}

type Verifying = Pick<Request<typeof verifyDomain>, 'record'>;

/** The event of a look-up that found no proof, with its error; undefined if the proof was found. */
async function failedVerification(
  { record }: Verifying,
  { id, domain, dns_verification_record: expected }: Domain,
  { lookUp }: Tools,
) {
  try {
    assertVerified(domain, expected, await lookUp(recordNames(domain)));
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const event = record('domain.verification_failed', {
      entity: { type: 'domain', id },
      description: `Domain ${domain} was not verified`,
      fields: { code: error.code },
    });
    return commitsThenThrows([event], error);
  }
}

const verification = {
  ...audit,
  updated: 'domain.verified',
  describe: ({ domain }: Domain) => `Domain ${domain} verified`,
} as const;

async function update(request: Request<typeof updateDomain>, { table }: DomainsContext, tools: Tools) {
  const { params, body, caller, now, pinnedVersion } = request;
  const read = await domainStore(table).read();
  const before = findDomain(read, params.id);
  const wanted = body();
  assertPinnedVersion(before, pinnedVersion);
  const changed = changeDomain(before, wanted, now.toISOString());
  if (!needsVerification(before, wanted))
    return commitUpdate(
      audit,
      request,
      { before, after: changed },
      { writes: updateWrites(before, changed, read), shown: presentDomain(changed, tools.edge) },
    );
  const failed =
    caller.reach === 'all' || !tools.verifies ? undefined : await failedVerification(request, before, tools);
  if (failed !== undefined) return failed;
  const after = { ...changed, verified_at: changed.updated_at };
  return commitUpdate(
    verification,
    request,
    { before, after },
    { writes: updateWrites(before, after, read), shown: presentDomain(after, tools.edge) },
  );
}

async function verify(request: Request<typeof verifyDomain>, { table }: DomainsContext, tools: Tools) {
  const { params, now, pinnedVersion } = request;
  const read = await domainStore(table).read();
  const before = findDomain(read, params.id);
  assertPinnedVersion(before, pinnedVersion);
  const message = 'Domain verified';
  if (before.status === 'active') return ok(presentDomain(before, tools.edge), { message, version: before.version });
  const failed = tools.verifies ? await failedVerification(request, before, tools) : undefined;
  if (failed !== undefined) return failed;
  const after = activateDomain(before, now.toISOString());
  return commitUpdate(
    verification,
    request,
    { before, after },
    { writes: updateWrites(before, after, read), shown: presentDomain(after, tools.edge), message },
  );
}

/** The devices that use a domain: all of them if it is the SIP domain of the organization, else none. */
async function devicesUsing({ domain }: Domain, read: ReadDomains, store: Store, { platform }: Tools) {
  return sipDomainsOf(read.domains, platform).domain === domain ? store.someDevices() : [];
}

async function remove(request: Request<typeof deleteDomain>, { table }: DomainsContext, tools: Tools) {
  const { params, query, now, pinnedVersion } = request;
  const store = domainStore(table);
  const read = await store.read();
  const domain = findDomain(read, params.id);
  assertPinnedVersion(domain, pinnedVersion);
  if (query.force !== true && domain.verified_at !== null) {
    const [trunks, devices, lines] = await Promise.all([
      store.trunks(),
      devicesUsing(domain, read, store, tools),
      store.lines(now),
    ]);
    assertUnused(domain.domain, { trunks, devices, lines });
  }
  const writes = deleteWrites(domain, read, promoteAlias(domain, othersThan(domain, read), now.toISOString()), now);
  return commitDeletion(audit, request, domain, { writes });
}

/** An address of the SIP service: `host:port`, an IPv6 address in brackets. */
function targetIn(address: string | undefined) {
  const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(address ?? '') ?? [];
  return port === undefined ? undefined : { host, port: Number(port) };
}

function edgeOf(environment: Dependencies['environment'], platform: string): Edge {
  const udp = targetIn(environment['SIP_ADDRESS']);
  const tcp = targetIn(environment['SIP_TCP_ADDRESS']);
  const tls = targetIn(environment['SIP_TLS_ADDRESS']);
  return { host: udp?.host ?? platform, targets: { udp, tcp, tls } };
}

function toolsFrom(environment: Dependencies['environment'], lookUp: LookUpTxt): Tools {
  const platform = platformDomain(environment);
  return {
    edge: edgeOf(environment, platform),
    platform,
    reserved: [platform, platformDomain({ PUBLIC_URL: environment['PUBLIC_URL'] })],
    lookUp,
    verifies: environment['DOMAIN_VERIFICATION'] !== 'off',
  };
}

/** The function of `/domains`. */
export function domainsHandler(
  dependencies: Dependencies = dependenciesFromEnvironment(),
  lookUp: LookUpTxt = txtLookupFrom(dependencies.environment),
) {
  const tools = toolsFrom(dependencies.environment, lookUp);
  return serve(
    domains,
    {
      [listDomains.route]: (request, context) => list(request, context, tools),
      [getDomain.route]: getOf(find, (domain) => presentDomain(domain, tools.edge)),
      [saveDomain.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context, tools) : replace(request, context, tools),
      [updateDomain.route]: (request, context) => update(request, context, tools),
      [deleteDomain.route]: (request, context) => remove(request, context, tools),
      [verifyDomain.route]: (request, context) => verify(request, context, tools),
    },
    dependencies,
  );
}

export const handler = domainsHandler();
