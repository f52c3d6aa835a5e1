import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { records, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** A certificate that signs calls ends soon. v1 may only get new optional fields. */
const ExpiryMessage = z.object({
  schema: z.literal('stir-certificate-expiry.v1'),
  org_id: z.int().min(1),
  certificate: z.string(),
});
export type ExpiryMessage = z.output<typeof ExpiryMessage>;

/** A message, grouped by organization (fair queue). @param delay seconds */
const expiryMessage = ({ org_id, subject }: { readonly org_id: number; readonly subject: string }, delay: number) => ({
  body: { schema: 'stir-certificate-expiry.v1', org_id, certificate: subject } satisfies ExpiryMessage,
  group: String(org_id),
  delay,
});

/**
 * Records events 30, 7 and 1 days before the end of a certificate. A repeated message, and that of a replaced chain, do
 * nothing. The queue is not `jobs`: the function of that queue in the release before does not read these messages.
 */
export const stirCertificateExpiries = consumer('stir-certificate-expiries', {
  area: 'telephony',
  queue: 'stir-certificate-expiries',
  message: ExpiryMessage,
  due: at('stircertificate.expiry', expiryMessage),
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [writes('stircertificate'), records('stircertificate.expiring')],
  timeout: 30,
});
