import * as z from 'zod';
import { at, type TriggeringPointer } from '../../../shared/contract/consequences.ts';
import { asks, reads, records, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';

/** A reboot is due, or its outcome is to be looked at. Within v1 only optional fields are added. */
const RebootMessage = z.object({
  schema: z.literal('reboot.v1'),
  org_id: z.int().min(1),
  kind: z.enum(['device.reboot', 'device.reboot_outcome']),
  device_id: z.string(),
  /** For when, ISO 8601. */ at: z.iso.datetime(),
});
export type RebootMessage = z.output<typeof RebootMessage>;

/** The kind of a pointer is one of the message's: the consumer takes no other. */
const kindOf = ({ kind }: TriggeringPointer) => (kind === 'device.reboot' ? kind : 'device.reboot_outcome');

/** A message of the queue `device-reboots`; organizations take turns (fair queues). @param delay seconds */
const rebootMessage = (pointer: TriggeringPointer, delay: number) => ({
  body: {
    schema: 'reboot.v1',
    org_id: pointer.org_id,
    kind: kindOf(pointer),
    device_id: pointer.subject,
    at: pointer.at,
  } satisfies RebootMessage,
  group: String(pointer.org_id),
  delay,
});

/**
 * Reboots devices when it is time, and tells what came of it. Done twice it sends one NOTIFY, as the command has an id.
 */
export const deviceReboots = consumer('device-reboots', {
  area: 'telephony',
  queue: 'device-reboots',
  message: RebootMessage,
  due: at(['device.reboot', 'device.reboot_outcome'], rebootMessage),
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [
    reads('device'),
    reads('binding', 'GSI1'),
    writes('device-reboot'),
    writes('due'),
    asks('sip-sidecar'),
    records('device.rebooted'),
    records('device.reboot_failed'),
  ],
  timeout: 60,
});
