import * as z from 'zod';
import { reads, records, sends, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';

const removals = ['user.deleted', 'group.deleted', 'device.deleted', 'trunk.deleted', 'org.closed'] as const;

/** What was deleted, whose remains are to go. Within v1 only optional fields are added. */
const RemovalMessage = z.object({
  schema: z.literal('removal.v1'),
  org_id: z.int().min(1),
  type: z.enum(removals),
  id: z.string(),
});
export type RemovalMessage = z.output<typeof RemovalMessage>;

type Event = { readonly org_id: number; readonly type: string; readonly entity: { readonly id: string } };

/** Whether an event leaves remains. */
export const isRemoval = <E extends Event>(event: E): event is E & { readonly type: (typeof removals)[number] } =>
  (removals as readonly string[]).includes(event.type);

/** A message of the queue `removals`; organizations take turns (fair queues). */
export const removalMessage = ({ org_id, type, entity }: Event & { readonly type: (typeof removals)[number] }) => ({
  body: { schema: 'removal.v1', org_id, type, id: entity.id } satisfies RemovalMessage,
  group: String(org_id),
});

/** Removes what a deletion left behind, of which nothing works any more. Done twice it does nothing. */
export const removalConsumer = consumer('removals', {
  folder: 'cascading-deletes',
  area: 'users',
  queue: 'removals',
  message: RemovalMessage,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [
    reads('user'),
    writes('user'),
    writes('username'),
    writes('user-client'),
    writes('user-email'),
    writes('user-extension'),
    writes('credential'),
    writes('session'),
    reads('accesskey', 'GSI1'),
    writes('accesskey'),
    writes('accesskey-name'),
    writes('credential-use'),
    reads('group'),
    writes('group'),
    writes('group-name'),
    reads('groupmember', 'GSI1'),
    writes('groupmember'),
    writes('role'),
    writes('policy'),
    writes('policy-name'),
    writes('template'),
    writes('planhead'),
    writes('planchange'),
    records('plan.published'),
    writes('plan'),
    sends('removals'),
    reads('device', 'GSI1'),
    writes('device'),
    writes('device-line'),
    writes('device-mac'),
    writes('device-kept'),
    writes('device-reboot'),
    writes('device-state'),
    writes('provision'),
    writes('sip-credential'),
    writes('count'),
    reads('user-extension'),
    reads('binding', 'GSI1'),
    writes('binding'),
    reads('number', 'GSI1'),
    reads('number', 'GSI2'),
    writes('number'),
    writes('due'),
    records('number.route_cleared'),
    records('number.released'),
    reads('mobile', 'GSI1'),
    writes('mobile'),
    writes('mobile-key'),
    writes('gateway'),
    writes('gateway-name'),
    writes('gateway-health'),
    records('gateway.updated'),
  ],
  timeout: 60,
});
