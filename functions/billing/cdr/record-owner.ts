/** Whose call a record is that names no organization (functions/billing/cdr-ingest/README.md, "Batches"). */
import type { NumberOrigin } from '#telephony/number-format.ts';
import type { Cdr } from '../cdr-ingest/cdr.ts';
import { ownNumber } from '../cdr-ingest/filed-cdr.ts';

/** What a record says about its organization, if it does not name it. */
export type OwnerClues = Pick<Cdr, 'trunk_id' | 'device_id' | 'user_id'> & {
  /** The own number in E.164 form: the caller of an outbound call, the callee of an inbound one. */
  readonly number: string | null;
};

/** @param origin how the numbers of the record are read */
export const ownerCluesOf = (cdr: Cdr, origin: NumberOrigin): OwnerClues => ({
  trunk_id: cdr.trunk_id,
  device_id: cdr.device_id,
  user_id: cdr.user_id,
  number: ownNumber(cdr, origin),
});

/** Whether a record names its organization. Absent and null mean the same. */
export const namesOrganization = (record: unknown): boolean =>
  typeof record === 'object' && record !== null && (Reflect.get(record, 'org_id') ?? null) !== null;

/** The resources of an organization that records name, by id. */
export type OwnResources = {
  readonly trunks: ReadonlySet<string>;
  readonly devices: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
};

/**
 * The organization of a record: that of its trunk, device, user or own number, by the first of them that is known.
 * @param organization of the caller, for everything else
 * @param own resources of that organization @param holders organizations in reach, by the numbers that they hold
 */
export function ownerOf(
  { trunk_id: trunk, device_id: device, user_id: user, number }: OwnerClues,
  organization: number,
  own: OwnResources,
  holders: ReadonlyMap<string, number>,
): number {
  const isOwn =
    (trunk !== null && own.trunks.has(trunk)) ||
    (device !== null && own.devices.has(device)) ||
    (user !== null && own.users.has(user));
  return isOwn || number === null ? organization : (holders.get(number) ?? organization);
}
