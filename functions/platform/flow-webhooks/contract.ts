import * as z from 'zod';
import { callsOut, rotatesSecret, writes } from '#contract/effects.ts';
import { answering } from '#contract/resource.ts';

/**
 * Asks the servers of organizations for the steps `webhook` of call flows
 * (functions/telephony/call-flows/README.md, "Webhooks of flows"). The answer has their JSON, or why it cannot be used.
 */
export const flowWebhooks = answering('flow-webhooks', {
  area: 'telephony',
  question: z.object({
    org_id: z.int().min(1),
    /** The same when a request is repeated. */
    id: z.string().min(1).max(128),
    url: z.string().max(2_048),
    timeout_seconds: z.int().min(1).max(10),
    body: z.string().max(65_536),
  }),
  answer: z.object({ answer: z.unknown().optional(), problem: z.string().nullable() }),
  // The first request of an organization makes the webhook `default`, whose secrets sign.
  effects: [writes('webhook'), writes('rate'), rotatesSecret('sealing-keys'), callsOut()],
  timeout: 15,
  attempts: 1,
});
