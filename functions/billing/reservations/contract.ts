import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** Asks to end the reservation of a call. Within v1 only optional fields are added. */
const ExpiryMessage = z.object({
  schema: z.literal('reservation-expiry.v1'),
  org_id: z.int().min(1),
  call_id: z.string(),
});
export type ExpiryMessage = z.output<typeof ExpiryMessage>;

type Due = { readonly org_id: number; readonly subject: string };

/** A message that ends a reservation. @param delay seconds */
export const expiryMessage = ({ org_id, subject }: Due, delay: number) => ({
  body: { schema: 'reservation-expiry.v1', org_id, call_id: subject } satisfies ExpiryMessage,
  group: organizationText(org_id),
  delay,
});

/** Ends reservations for which no CDR came in time, each once. */
export const reservationExpiry = consumer('reservation-expiry', {
  area: 'billing',
  folder: 'reservations',
  queue: 'reservation-expiry',
  message: ExpiryMessage,
  due: at('reservation.expire', expiryMessage, { 'reservation.expire': 'ends' }),
  timeout: 30,
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [writes('reservation'), writes('balance'), writes('due')],
});
