import * as z from 'zod';
import { at, type TriggeringPointer } from '../../../shared/contract/consequences.ts';
import { asks, reads, records, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';

/** A reboot is due, or its outcome is to be checked. v1 may only get new optional fields. */
const RebootMessage = z.object({
  schema: z.literal('reboot.v1'),
  org_id: z.int().min(1),
  kind: z.enum(['device.reboot', 'device.reboot_outcome']),
  device_id: z.string(),
  /** When it is due, ISO 8601. */
  at: z.iso.datetime(),
});
export type RebootMessage = z.output<typeof RebootMessage>;

/** The consumer takes no other kinds of pointers than those of the message. */
const kindOf = ({ kind }: TriggeringPointer) => (kind === 'device.reboot' ? kind : 'device.reboot_outcome');

/** A message of the queue `device-reboots`, grouped by organization (fair queue). @param delay seconds */
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

/** Sends due reboots and records their outcome. A repeated message sends no second NOTIFY: the command has an id. */
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
    reads('binding-refresh'),
    writes('device-reboot'),
    writes('due'),
    asks('sip-sidecar'),
    records('device.rebooted'),
    records('device.reboot_failed'),
  ],
  timeout: 60,
});
