import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { rebootOutcomeDue, rebootTimeout, type DeviceRebootItem } from '../rows/device-reboot.ts';
import { consume, consumerDependencies, each, type Delivery } from '../../../shared/queue/consume.ts';
import type { Device } from '../../../shared/schema/device.ts';
import { sidecarFromEnvironment } from '../../../shared/sidecar/client.ts';
import { deviceReboots, type RebootMessage } from './contract.ts';
import { outcomeOf, rebootEvent } from './outcome.ts';
import { rebootStore, sent, settled } from './store.ts';

type RebootContext = BackgroundContext<typeof deviceReboots>;
type Waiting = { readonly device: Device; readonly reboot: DeviceRebootItem };

const entityOf = ({ id }: Device) => ({ type: 'device', id });
/** Seconds for which the device's answer is waited for. */
const timeout = 22;

/** What a message is about, unless the device went, or its reboot was settled or replaced. */
async function waiting(
  { org_id: organization, device_id: id }: RebootMessage,
  { tableOf }: RebootContext,
): Promise<Waiting | undefined> {
  const store = rebootStore(tableOf(organization));
  const [device, reboot] = await Promise.all([store.device(id), store.reboot(id)]);
  return device === undefined || reboot === undefined || reboot.settled === true ? undefined : { device, reboot };
}

const failed = (reason: string, { device, reboot }: Waiting, context: RebootContext, organization: number) => [
  settled(reboot),
  context.recorderOf(organization)('device.reboot_failed', {
    entity: entityOf(device),
    severity: 'warning',
    description: `Device ${device.mac_address} did not reboot`,
    fields: { reason },
  }),
];

async function send(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  const found = await waiting(message, context);
  if (found?.reboot.at !== at || found.reboot.sent_at !== undefined) return;
  const { device, reboot } = found;
  const outcome = await context
    .ask('sip-sidecar')
    .notify({ id: reboot.id, organization, device: device.id, event: rebootEvent(device), timeout_seconds: timeout });
  const now = context.clock().toISOString();
  await context.transact(organization, async () => {
    const present = await waiting(message, context);
    if (present?.reboot.id !== reboot.id || present.reboot.sent_at !== undefined) return [];
    return outcome.kind === 'answered'
      ? sent(reboot, now, organization)
      : failed(outcome.kind === 'timeout' ? 'NOTIFY_TIMEOUT' : 'DEVICE_UNREACHABLE', present, context, organization);
  });
}

async function look(message: RebootMessage, context: RebootContext): Promise<void> {
  const { org_id: organization, at } = message;
  await context.transact(organization, async () => {
    const found = await waiting(message, context);
    const sentAt = found?.reboot.sent_at;
    if (found === undefined || sentAt === undefined || at <= sentAt) return [];
    const { device, reboot } = found;
    const registeredAt = await rebootStore(context.tableOf(organization)).registeredAt(device.id);
    switch (outcomeOf({ registeredAt, sentAt, now: context.clock(), timeout: rebootTimeout })) {
      case 'rebooted':
        return [
          settled(reboot),
          context.recorderOf(organization)('device.rebooted', {
            entity: entityOf(device),
            description: `Device ${device.mac_address} rebooted`,
          }),
        ];
      case 'failed':
        return failed('NOT_REGISTERED_ANEW', found, context, organization);
      case 'waiting':
        return [rebootOutcomeDue({ ...reboot, sent_at: sentAt }, organization, at)];
    }
  });
}

const work = ({ message }: Delivery<RebootMessage>, context: RebootContext): Promise<void> =>
  message.kind === 'device.reboot' ? send(message, context) : look(message, context);

/** @param outside what the function touches; tests bring their own */
export const rebootHandler = (dependencies = { ...consumerDependencies(), sidecar: sidecarFromEnvironment() }) =>
  consume(deviceReboots, each(work), dependencies);

export const handler = rebootHandler();
