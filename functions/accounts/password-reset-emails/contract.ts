import * as z from 'zod';
import { reads, reports, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** Someone forgot a password. Within version 1 only optional fields may be added. */
const LookUpMessage = z.object({
  schema: z.literal('password-forgotten.v1').describe('Version of the message'),
  username: z.string().optional().describe('Folded username'),
  email: z.string().optional().describe('Folded e-mail address, in place of the username'),
  request: z.string().describe('Id of the request, so that a repeated message has no effect'),
});
export type LookUpMessage = z.output<typeof LookUpMessage>;

/** A message of the queue `jobs`. All are of one group, as the organization is not known (fair queue). */
export const lookUpMessage = (content: Omit<LookUpMessage, 'schema'>) => ({
  body: { schema: 'password-forgotten.v1', ...content } satisfies LookUpMessage,
  group: 'forgotten-passwords',
});

/** Looks up who forgot a password, and queues an e-mail with a token for each user. */
export const passwordResetEmails = consumer('password-reset-emails', {
  area: 'auth',
  queue: 'jobs',
  message: LookUpMessage,
  timeout: 30,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [
    reads('username'),
    reads('user-email', 'GSI1'),
    reads('user'),
    reads('organization'),
    writes('credential'),
    writes('passwordreset'),
    writes('rate'),
    writes('email'),
    reports('email.queued'),
  ],
});
