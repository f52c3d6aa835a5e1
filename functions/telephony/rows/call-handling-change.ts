import { deviceRow } from '#dynamodb/rows/device.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { forwardsIn, type CallHandling, type ForwardTarget } from '#telephony/call-handling.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { forwardViolations, targetName, type ForwardingUser, type KnownTargets } from '#telephony/forward-rules.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { callFlowRow } from './call-flow.ts';
import { callHandlingRow, type CallHandlingItem } from './call-handling.ts';
import { ringGroupRow } from './ring-group.ts';
import { scheduleRow } from './schedule.ts';

/** What changes the settings of a user: the API, and a phone by a code. */

type Named = 'user' | 'device' | 'ringgroup' | 'callflow' | 'schedule' | 'number' | 'voicemailprefs' | 'user-extension';
type Reads = Pick<Table<Named>, 'organization' | 'get' | 'getAll'>;
type Route = Exclude<ForwardTarget, string>;

async function readKnown(
  table: Reads,
  user: ForwardingUser,
  settings: CallHandling,
  organization: OrganizationItem,
): Promise<KnownTargets> {
  const named = forwardsIn(settings).flatMap(({ to }) => (to === null ? [] : [to]));
  const routes = named.flatMap((to) => (typeof to === 'string' ? [] : [to]));
  const origin = numberOriginOf(organization);
  const numberOf = (dialed: string) => readNumber(dialed, origin);
  const numbers = [...new Set(named.flatMap((to) => (typeof to === 'string' ? (numberOf(to) ?? []) : [])))];
  const ids = (type: Route['type']) =>
    [...new Set(routes.flatMap((route) => (route.type === type ? [route.id] : [])))].map((id) => ({ id }));
  const [users, devices, groups, flows, schedules, held, mailboxes] = await Promise.all([
    table.getAll(userRow, ids('user')),
    table.getAll(deviceRow, ids('device')),
    table.getAll(ringGroupRow, ids('ring_group')),
    table.getAll(callFlowRow, ids('flow')),
    table.getAll(scheduleRow, settings.schedule === null ? [] : [{ id: settings.schedule }]),
    table.getAll(
      numberRow,
      numbers.map((number) => ({ number })),
    ),
    Promise.all(ids('voicemail').map(async ({ id }) => ((await readMailbox(table, id)) ? [id] : []))),
  ]);
  const all = (type: Route['type'], items: readonly ({ readonly id: string } | undefined)[]) =>
    items.flatMap((item) => (item === undefined ? [] : [targetName({ type, id: item.id })]));
  return {
    targets: new Set([
      ...all('user', users),
      ...all('device', devices),
      ...all('ring_group', groups),
      ...all('flow', flows),
      ...mailboxes.flat().map((id) => targetName({ type: 'voicemail', id })),
      ...schedules.flatMap((schedule) => (schedule === undefined ? [] : [`schedule ${schedule.id}`])),
    ]),
    ownDevices: new Set(devices.flatMap((device) => (device?.user_id === user.id ? [device.id] : []))),
    ownNumbers: new Set(
      held.flatMap((number) => {
        const isOwn = number?.org_id === table.organization && number.state === 'active';
        return isOwn && number.route?.type === 'user' && number.route.id === user.id ? [number.number] : [];
      }),
    ),
    isEmergency: (dialed) => isEmergencyNumber(dialed, origin),
    numberOf,
  };
}

/** Whose settings change. `before`: undefined if they were never set. */
export type ChangedHandling = {
  readonly user: UserItem;
  readonly organization: OrganizationItem;
  readonly before: CallHandlingItem | undefined;
};

/**
 * The change of the settings of a user, if they break no rule: the item, its write, and the event to record with it.
 * @throws AppError VALIDATION_FAILED with the path of the field
 */
export async function changeCallHandling(
  table: Reads,
  { user, organization, before }: ChangedHandling,
  settings: CallHandling,
  now: Date,
) {
  const details = forwardViolations(settings, user, await readKnown(table, user, settings, organization));
  if (details.length > 0)
    throw new AppError('VALIDATION_FAILED', `${details[0]?.path} ${details[0]?.message}`, { details });
  const at = now.toISOString();
  const after: CallHandlingItem = {
    ...settings,
    user_id: user.id,
    created_at: before?.created_at ?? at,
    updated_at: at,
    version: (before?.version ?? 0) + 1,
  };
  const write: Write<'callhandling'> =
    before === undefined ? create(callHandlingRow, after) : replace(callHandlingRow, after, before);
  const event = {
    entity: { type: 'user', id: user.id },
    description: `Call handling of ${user.username} updated`,
    before: before ?? {},
    after,
    persons: [user.id],
  };
  return { after, write, event };
}
