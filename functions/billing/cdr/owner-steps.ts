import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { AppError } from '#errors.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { reachableOrganization } from '#http/authorization/reachable-organization.ts';
import type { Context } from '#http/handlers.ts';
import { numberOriginOf, originOfCall } from '#telephony/number-format.ts';
import type { cdrs } from './contract.ts';
import { namesOrganization, ownerCluesOf, ownerOf } from './record-owner.ts';
import { cdrStore } from './store.ts';
import { readAs, type Read } from './submission.ts';

type Asked = { readonly caller: Caller; readonly organization: OrganizationItem };
type CdrContext = Context<typeof cdrs>;

/** An organization by its number; null if the caller does not reach it. */
export type InReach = (organization: number) => Promise<OrganizationItem | null>;

/** An organization out of reach rejects only the records that name it. */
function nullIfOutOfReach(error: unknown): null {
  if (error instanceof AppError && (error.code === 'FORBIDDEN_ORG' || error.code === 'NOT_FOUND')) return null;
  throw error;
}

/** Reads each organization once for a request. */
export function organizationsInReach(asked: Asked, { tableOf }: CdrContext): InReach {
  const known = new Map<number, Promise<OrganizationItem | null>>();
  return (number) => {
    const organization = known.get(number) ?? reachableOrganization(number, asked, tableOf).catch(nullIfOutOfReach);
    known.set(number, organization);
    return organization;
  };
}

/** The organizations in reach, other than the caller's, that hold numbers; by number. */
async function foreignHolders(
  holders: ReadonlyMap<string, number>,
  { organization }: Asked,
  inReach: InReach,
): Promise<ReadonlyMap<string, number>> {
  const foreign = [...holders].filter(([, holder]) => holder !== organization.org_id);
  const reached = await Promise.all(foreign.map(([, holder]) => inReach(holder)));
  return new Map(foreign.filter((_each, at) => reached[at] !== null));
}

/**
 * Gives records that name no organization to the one that they belong to (functions/billing/cdr-ingest/README.md,
 * "Batches"). A caller that names the organization of the request (`org_id`) has named that of its records, and one
 * that reaches no other organization files its own: neither costs a read.
 * @param read as records of the request's organization
 * @param source producer of the records, whose format of numbers applies
 */
export async function assignOwners(
  read: readonly Read[],
  asked: Asked,
  source: string,
  { inReach, context }: { readonly inReach: InReach; readonly context: CdrContext },
): Promise<readonly Read[]> {
  const { caller, organization } = asked;
  if (caller.reach === 'own' || organization.org_id !== caller.organization) return read;
  const origin = originOfCall(numberOriginOf(organization), { source });
  const unnamed = read.flatMap((each) =>
    'cdr' in each && !namesOrganization(each.record) ? [{ each, clues: ownerCluesOf(each.cdr, origin) }] : [],
  );
  const store = cdrStore(context.table);
  const holders = await foreignHolders(await store.holders(unnamed.map(({ clues }) => clues)), asked, inReach);
  const open = unnamed.filter(({ clues: { number } }) => number !== null && holders.has(number));
  const own = await store.ownResources(open.map(({ clues }) => clues));
  const owners = new Map<Read, number>(
    open.map(({ each, clues }) => [each, ownerOf(clues, organization.org_id, own, holders)]),
  );
  return read.map((each) => {
    const owner = owners.get(each) ?? organization.org_id;
    return owner === organization.org_id ? each : readAs(each.record, owner);
  });
}
