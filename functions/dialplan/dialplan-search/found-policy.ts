import * as z from 'zod';
import { Timestamp } from '../../../shared/schema/values.ts';
import { policyStatuses } from '../dialplan-policies/policy.ts';

/** What the search for policies is asked by and answers (seed 004, "Search Dial Plan Policies"). */

export const statuses = policyStatuses;
export const sorts = ['name', 'priority', 'created_at', 'updated_at'] as const;

/** As answered. */
export const PolicyFound = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    status: z.enum(policyStatuses),
    priority: z.int(),
    match_score: z.number(),
    conditions: z.object({ pattern: z.string() }),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'FoundPolicy' });
