import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { lacksProof, type TrunkIp } from '#telephony/trunk-addresses.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { second } from '#schema/time.ts';
import type { Sweeping } from './due-steps.ts';
import {
  hostsToCatchUp,
  nextOrganizations,
  organizationsCaughtUp,
  organizationsCaughtUpWrite,
  ownerWrite,
  readTrunkIps,
  trunksWithoutOwner,
} from './store.ts';

/**
 * Completes what earlier versions stored, one organization after another, once after an upgrade: addresses of trunks
 * that lack proof are put into the index of sellers, each with an event, and the hosts of gateways and trunks are
 * indexed (functions/system/README.md, "Catching up").
 */

/** Milliseconds after which a run begins nothing further; the next run continues. */
const workingTime = 10 * second;

type CatchingUp = Pick<Sweeping, 'tableOf' | 'transact' | 'tryCommit' | 'clock' | 'recorderOf'>;

/** Does work on subjects in turn, until the time is over. @returns whether all of it is done */
async function workOff<Subject>(
  subjects: readonly Subject[],
  work: (subject: Subject) => Promise<unknown>,
  isOver: () => boolean,
): Promise<boolean> {
  for (const subject of subjects) if (isOver() || (await work(subject)) === false) return false;
  return true;
}

/** What the owner of an address without proof should know. */
function unprovenEvent(record: Recorder, { id, name, type }: TrunkItem, ip: TrunkIp) {
  const ended = type === 'carrier' ? 'over TCP, TLS and WebSocket' : 'without its credentials';
  return record('trunkip.unproven', {
    entity: { type: 'trunk', id },
    severity: 'warning',
    description:
      `Calls from ${ip.address} port ${ip.port} are no longer those of SIP trunk ${name} ${ended}: prove the ` +
      'address, or ask the seller to trust it',
    fields: { ip_id: ip.id, address: ip.address, port: ip.port, type: ip.type },
  });
}

/** Puts a trunk's addresses into the lists of its sellers, with one event for each that lacks proof. */
const catchUpTrunk = ({ tableOf, transact, recorderOf }: CatchingUp, organization: OrganizationItem, id: string) =>
  transact(organization.org_id, async () => {
    const [ips, trunk] = await readTrunkIps(tableOf(organization.org_id), id);
    if (ips === undefined || ips.parent_id !== undefined || trunk === undefined) return [];
    const record = recorderOf(organization.org_id);
    return [ownerWrite(ips, organization), ...ips.ips.filter(lacksProof).map((ip) => unprovenEvent(record, trunk, ip))];
  });

/** What is complete already is not written again, so that a run that ended early is continued. */
async function catchUpOrganization(
  context: CatchingUp,
  organization: OrganizationItem,
  isOver: () => boolean,
): Promise<boolean> {
  const { org_id } = organization;
  const table = context.tableOf(org_id);
  const named = await workOff(
    await trunksWithoutOwner(table),
    (trunk) => catchUpTrunk(context, organization, trunk),
    isOver,
  );
  if (!named) return false;
  return workOff(await hostsToCatchUp(table, organization), (writes) => context.tryCommit(org_id, writes), isOver);
}

/** Completes organizations in turn, until the time is over. @returns how many of them are complete */
async function catchUpSome(
  context: CatchingUp,
  organizations: readonly OrganizationItem[],
  isOver: () => boolean,
): Promise<number> {
  let complete = 0;
  await workOff(
    organizations,
    async (each) => {
      const isComplete = await catchUpOrganization(context, each, isOver);
      if (isComplete) complete += 1;
      return isComplete;
    },
    isOver,
  );
  return complete;
}

/** Completes what earlier versions stored. A run that ends early is continued by the next one. */
export async function catchUpOrganizations(context: CatchingUp): Promise<void> {
  const { tableOf, transact, clock } = context;
  const end = clock().getTime() + workingTime;
  const isOver = (): boolean => clock().getTime() >= end;
  let after = await organizationsCaughtUp(tableOf(0));
  while (after !== null && !isOver()) {
    const { items, cursor = null, cursorAt } = await nextOrganizations(tableOf(0), after);
    const complete = await catchUpSome(context, items, isOver);
    if (complete === 0 && items.length > 0) return;
    const reached = complete === items.length ? cursor : cursorAt(complete - 1);
    await transact(0, async () => [organizationsCaughtUpWrite(reached)]);
    after = reached;
  }
}
