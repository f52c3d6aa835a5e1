import type { BackgroundContext } from '#runtime/background-context.ts';
import {
  isRebootLate,
  rebootAgain,
  rebootOutcomeDue,
  rebootTimeout,
  type DeviceRebootItem,
} from '../rows/device-reboot.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { Device } from '#schema/device.ts';
import { sidecarFromEnvironment } from '#sidecar/client.ts';
import { deviceReboots, type MailboxesMessage, type RebootMessage } from './contract.ts';
import { outcomeOf, rebootEvent } from './reboot-outcome.ts';
import { rebootStore, sentWrites, settleWrite } from './store.ts';

type RebootContext = BackgroundContext<typeof deviceReboots>;
type OpenReboot = { readonly device: Device; readonly reboot: DeviceRebootItem };

const entityOf = ({ id }: Device) => ({ type: 'device', id });
/** Seconds to wait for the response of the device. */
const timeout = 22;

/** The reboot of a message; undefined if the device was deleted or the outcome is recorded. */
async function findOpen(
  { org_id: organization, device_id: id }: RebootMessage,
  { tableOf }: RebootContext,
): Promise<OpenReboot | undefined> {
  const store = rebootStore(tableOf(organization));
  const [device, reboot] = await Promise.all([store.device(id), store.reboot(id)]);
  return device === undefined || reboot === undefined || reboot.settled === true ? undefined : { device, reboot };
}

const failureWrites = (
  reason: string,
  { device, reboot }: OpenReboot,
  context: RebootContext,
  organization: number,
) => [
  settleWrite(reboot),
  context.recorderOf(organization)('device.reboot_failed', {
    entity: entityOf(device),
    severity: 'warning',
    description: `Device ${device.mac_address} did not reboot`,
    fields: { reason },
  }),
];

/** A device in a call is rebooted after it; if the call lasts, the reboot fails. */
async function waitForCall(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  await context.transact(organization, async () => {
    const present = await findOpen(message, context);
    if (present === undefined || !isDue(present, at)) return [];
    const again = rebootAgain(present.reboot, organization, context.clock());
    return again === undefined ? failureWrites('DEVICE_IN_CALL', present, context, organization) : [again];
  });
}

/** Whether a message is of this reboot and not of one that it replaced: attempts follow the time that it is due. */
const isDue = ({ reboot }: OpenReboot, at: string): boolean => at >= reboot.at && reboot.sent_at === undefined;

/** A reboot at night is not sent in the morning, as after an outage: it fails. */
async function dropLate(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  await context.transact(organization, async () => {
    const present = await findOpen(message, context);
    return present === undefined || !isDue(present, at)
      ? []
      : failureWrites('TOO_LATE', present, context, organization);
  });
}

async function send(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  const open = await findOpen(message, context);
  if (open === undefined || !isDue(open, at)) return;
  const { device, reboot } = open;
  if (isRebootLate(reboot, context.clock())) return dropLate(message, context);
  if (!reboot.force && (await rebootStore(context.tableOf(organization)).isInCall(device.id)))
    return waitForCall(message, context);
  const outcome = await context
    .ask('sip-sidecar')
    .notify({ id: reboot.id, organization, device: device.id, event: rebootEvent(device), timeout_seconds: timeout });
  const now = context.clock().toISOString();
  await context.transact(organization, async () => {
    const present = await findOpen(message, context);
    if (present?.reboot.id !== reboot.id || present.reboot.sent_at !== undefined) return [];
    return outcome.kind === 'answered'
      ? sentWrites(reboot, now, organization)
      : failureWrites(
          outcome.kind === 'timeout' ? 'NOTIFY_TIMEOUT' : 'DEVICE_UNREACHABLE',
          present,
          context,
          organization,
        );
  });
}

async function check(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  await context.transact(organization, async () => {
    const open = await findOpen(message, context);
    const sentAt = open?.reboot.sent_at;
    if (open === undefined || sentAt === undefined || at <= sentAt) return [];
    const { device, reboot } = open;
    const registeredAt = await rebootStore(context.tableOf(organization)).registeredAt(device.id);
    switch (outcomeOf({ registeredAt, sentAt, now: context.clock(), timeout: rebootTimeout })) {
      case 'rebooted':
        return [
          settleWrite(reboot),
          context.recorderOf(organization)('device.rebooted', {
            entity: entityOf(device),
            description: `Device ${device.mac_address} rebooted`,
          }),
        ];
      case 'failed':
        return failureWrites('NOT_REGISTERED_ANEW', open, context, organization);
      case 'waiting':
        return [rebootOutcomeDue({ ...reboot, sent_at: sentAt }, organization, at)];
    }
  });
}

/** Time for the tasks to wait for a pause in the changes and for the answers of the phones, in seconds. */
const summaryTimeout = 22;

const showMessages = (
  { org_id: organization, mailboxes, users }: MailboxesMessage,
  { ask, nextId }: RebootContext,
): Promise<void> =>
  ask('sip-sidecar').sendMessageSummaries({
    id: nextId('cmd'),
    organization,
    mailboxes,
    users,
    timeout_seconds: summaryTimeout,
  });

function handle({ message }: Delivery<RebootMessage | MailboxesMessage>, context: RebootContext): Promise<void> {
  if (message.schema === 'mailboxes.v1') return showMessages(message, context);
  return message.kind === 'device.reboot' ? send(message, context) : check(message, context);
}

/** The consumer of the queue `device-reboots`. */
export const rebootHandler = (dependencies = { ...consumerDependencies(), sidecar: sidecarFromEnvironment() }) =>
  consume(deviceReboots, settleEach(handle), dependencies);

export const handler = rebootHandler();
