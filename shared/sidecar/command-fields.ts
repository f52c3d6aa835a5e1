import * as z from 'zod';

/** Fields of all commands of the control interface. */

export const CommandId = z.string().regex(/^cmd_[0-9A-HJKMNP-TV-Z]{26}$/);

/** Seconds to wait for the outcome, also for a SIP response. An HTTP API times out after 30 s. */
export const CommandTimeout = z.number().min(1).max(22);
