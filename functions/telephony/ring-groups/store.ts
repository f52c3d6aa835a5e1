import { deviceRow } from '#dynamodb/rows/device.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { StoredItem } from '#dynamodb/rows/stored-rows.ts';
import type { Table } from '#dynamodb/table.ts';
import type { ErrorDetail } from '#errors.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf, type NumberOrigin } from '#telephony/number-format.ts';
import { maxNested, RingGroup, ringReferences, type RingReference } from '#telephony/ring-group.ts';
import { callFlowRow } from '../rows/call-flow.ts';
import { ringGroupRow } from '../rows/ring-group.ts';

type Numbered = Parameters<typeof numberOriginOf>[0];
type Reads = Pick<Table<'user' | 'device' | 'callflow' | 'ringgroup'>, 'getAll'>;

const idsOf = (references: readonly RingReference[], kind: RingReference['kind']) =>
  [...new Set(references.flatMap((each) => (each.kind === kind ? [each.id] : [])))].map((id) => ({ id }));

const missing: Readonly<Record<RingReference['kind'], string>> = {
  user: 'is no user of the organization',
  device: 'is no device of the organization',
  ring_group: 'is no ring group of the organization',
  flow: 'is no call flow of the organization',
};

/** Members that are emergency numbers as the organization may write them. */
const emergencyMembers = ({ members }: RingGroup, origin: NumberOrigin): ErrorDetail[] =>
  members.flatMap(({ number }, at) =>
    number !== undefined && isEmergencyNumber(number, origin)
      ? [{ path: `members[${at}].number`, message: 'is an emergency number' }]
      : [],
  );

/** Violations by what a group of an organization names: it must exist, and groups must not contain one another. */
export async function ringViolations(
  item: StoredItem,
  table: Reads,
  organization: Numbered,
): Promise<readonly ErrorDetail[]> {
  const group = RingGroup.parse(item);
  const references = ringReferences(group);
  const [users, devices, flows, groups] = await Promise.all([
    table.getAll(userRow, idsOf(references, 'user')),
    table.getAll(deviceRow, idsOf(references, 'device')),
    table.getAll(callFlowRow, idsOf(references, 'flow')),
    table.getAll(ringGroupRow, idsOf(references, 'ring_group')),
  ]);
  const known = new Set([...users, ...devices, ...flows, ...groups].map((found) => found?.id));
  // A new group has no id that another one could name.
  const violations = emergencyMembers(group, numberOriginOf(organization));
  if (violations.length > 0) return violations;
  const unknown = references.filter(({ id, kind }) => !known.has(id) || (kind === 'ring_group' && id === item.id));
  if (unknown.length > 0)
    return unknown.map(({ id, kind, path }) => ({
      path,
      message: id === item.id ? 'must not be the group itself' : missing[kind],
    }));
  const inner = groups.flatMap((group) => (group === undefined ? [] : [group]));
  return (await isNestedWell(item.id, inner, table))
    ? []
    : [
        {
          path: 'members',
          message: `must not contain the group itself, or more than ${maxNested} groups in one another`,
        },
      ];
}

/** Whether groups end within the levels that are allowed, without the one that contains them. */
async function isNestedWell(id: string, groups: readonly StoredItem[], table: Reads): Promise<boolean> {
  let level = groups;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxNested || level.some((group) => group.id === id)) return false;
    const ids = idsOf(
      level.flatMap((group) => ringReferences(RingGroup.parse(group))),
      'ring_group',
    );
    level = (await table.getAll(ringGroupRow, ids)).flatMap((group) => (group === undefined ? [] : [group]));
  }
  return true;
}
