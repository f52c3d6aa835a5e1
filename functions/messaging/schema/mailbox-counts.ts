import * as z from 'zod';

/** How many messages a mailbox has, as answers show it. */
export const MailboxCounts = z
  .object({
    new: z.int().describe('Messages that no one has heard'),
    read: z.int().describe('Messages that were heard'),
    saved: z.int().describe('Messages that were saved'),
  })
  .meta({ description: 'Messages of the mailbox', example: { new: 1, read: 0, saved: 0 } });
