import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { answering } from '#contract/resource.ts';

/** A gateway as a plan contains it. */
const PlanGateway = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  prefix: z.string(),
  strip: z.int(),
});

/** The change of a plan that the asker is about to make. */
const Edit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('gateways-put'), gateways: z.array(PlanGateway) }),
  z.object({ kind: z.literal('gateway-deleted'), id: z.string() }),
]);

/**
 * Which emergency numbers a change of gateways leaves without a way: one sentence for each. Functions of other areas
 * ask it, as the answer takes the matcher of patterns and the whole plan.
 */
export const emergencyWarnings = answering('emergency-warnings', {
  area: 'dialplan',
  question: z.object({ org_id: z.int(), timezone: z.string(), country: z.string(), edit: Edit }),
  answer: z.array(z.string()).readonly(),
  effects: [reads('planhead'), reads('planchange'), reads('plan')],
  timeout: 8,
  // Reads and parses a plan of 10,000 policies as a whole.
  memory: 1_769,
});
