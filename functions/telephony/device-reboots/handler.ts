import type { BackgroundWorld } from '../../../shared/runtime/background-context.ts';
import { rebootOutcomeDue, rebootPatience, type DeviceRebootItem } from '../rows/device-reboot.ts';
import { consume, consumerOutside, each, type Delivery } from '../../../shared/queue/consume.ts';
import type { Device } from '../../../shared/schema/device.ts';
import { sidecarFromEnvironment } from '../../../shared/sidecar/client.ts';
import { deviceReboots, type RebootMessage } from './contract.ts';
import { outcomeOf, rebootEvent } from './outcome.ts';
import { rebootStore, sent, settled } from './store.ts';

type RebootWorld = BackgroundWorld<typeof deviceReboots>;
type Waiting = { readonly device: Device; readonly reboot: DeviceRebootItem };

const entityOf = ({ id }: Device) => ({ type: 'device', id });
/** Seconds for which the device's answer is waited for. */
const timeout = 22;

/** What a message is about, unless the device went, or its reboot was settled or replaced. */
async function waiting(
  { org_id: organization, device_id: id }: RebootMessage,
  { tableOf }: RebootWorld,
): Promise<Waiting | undefined> {
  const store = rebootStore(tableOf(organization));
  const [device, reboot] = await Promise.all([store.device(id), store.reboot(id)]);
  return device === undefined || reboot === undefined || reboot.settled === true ? undefined : { device, reboot };
}

const failed = (reason: string, { device, reboot }: Waiting, world: RebootWorld, organization: number) => [
  settled(reboot),
  world.recorderOf(organization)('device.reboot_failed', {
    entity: entityOf(device),
    severity: 'warning',
    description: `Device ${device.mac_address} did not reboot`,
    fields: { reason },
  }),
];

async function send(message: RebootMessage, world: RebootWorld): Promise<void> {
  const { org_id: organization, at } = message;
  const found = await waiting(message, world);
  if (found?.reboot.at !== at || found.reboot.sent_at !== undefined) return;
  const { device, reboot } = found;
  const outcome = await world
    .ask('sip-sidecar')
    .notify({ id: reboot.id, organization, device: device.id, event: rebootEvent(device), timeout_seconds: timeout });
  const now = world.clock().toISOString();
  await world.transact(organization, async () => {
    const present = await waiting(message, world);
    if (present?.reboot.id !== reboot.id || present.reboot.sent_at !== undefined) return [];
    return outcome.kind === 'answered'
      ? sent(reboot, now, organization)
      : failed(outcome.kind === 'timeout' ? 'NOTIFY_TIMEOUT' : 'DEVICE_UNREACHABLE', present, world, organization);
  });
}

async function look(message: RebootMessage, world: RebootWorld): Promise<void> {
  const { org_id: organization, at } = message;
  await world.transact(organization, async () => {
    const found = await waiting(message, world);
    const sentAt = found?.reboot.sent_at;
    if (found === undefined || sentAt === undefined || at <= sentAt) return [];
    const { device, reboot } = found;
    const registeredAt = await rebootStore(world.tableOf(organization)).registeredAt(device.id);
    switch (outcomeOf({ registeredAt, sentAt, now: world.clock(), patience: rebootPatience })) {
      case 'rebooted':
        return [
          settled(reboot),
          world.recorderOf(organization)('device.rebooted', {
            entity: entityOf(device),
            description: `Device ${device.mac_address} rebooted`,
          }),
        ];
      case 'failed':
        return failed('NOT_REGISTERED_ANEW', found, world, organization);
      case 'waiting':
        return [rebootOutcomeDue({ ...reboot, sent_at: sentAt }, organization, at)];
    }
  });
}

const work = ({ message }: Delivery<RebootMessage>, world: RebootWorld): Promise<void> =>
  message.kind === 'device.reboot' ? send(message, world) : look(message, world);

/** @param outside what the function touches; tests bring their own */
export const rebootHandler = (outside = { ...consumerOutside(), sidecar: sidecarFromEnvironment() }) =>
  consume(deviceReboots, each(work), outside);

export const handler = rebootHandler();
