import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace } from '#dynamodb/write.ts';
import { forwardsIn, type CallHandling, type ForwardTarget } from '#telephony/call-handling.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { emergencyNumbers } from '#telephony/emergency-numbers.ts';
import { callFlowRow } from '../rows/call-flow.ts';
import { callHandlingRow, type CallHandlingItem } from '../rows/call-handling.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import { scheduleRow } from '../rows/schedule.ts';
import type { callHandling } from './contract.ts';
import { targetName, type ForwardingUser, type KnownTargets } from './forward-rules.ts';

type Reads = Table<ReadName<EffectOf<typeof callHandling>>>;
type Route = Exclude<ForwardTarget, string>;

export const callHandlingStore = (table: Reads) => ({
  user: (id: string) => table.get(userRow, { id }),
  get: (user: string) => table.get(callHandlingRow, { user_id: user }),
  /** What the settings of a user name. */
  knownTargets: (user: ForwardingUser, settings: CallHandling, organization: OrganizationItem) =>
    readKnown(table, user, settings, organization),
});

async function readKnown(
  table: Reads,
  user: ForwardingUser,
  settings: CallHandling,
  organization: OrganizationItem,
): Promise<KnownTargets> {
  const named = forwardsIn(settings).flatMap(({ to }) => (to === null ? [] : [to]));
  const routes = named.flatMap((to) => (typeof to === 'string' ? [] : [to]));
  const numberOf = (dialed: string) => readNumber(dialed, numberOriginOf(organization));
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
    emergencyNumbers: emergencyNumbers(organization.country),
    numberOf,
  };
}

/** Saves the settings of a user. */
export const saveWrites = (before: CallHandlingItem | undefined, after: CallHandlingItem) => [
  before === undefined ? create(callHandlingRow, after) : replace(callHandlingRow, after, before),
];
