import { reads, writes, type Effect } from './effects.ts';

/** The effects of what asks for legal holds, before it deletes records. */
export const asksHolds = [reads('hold'), reads('holdhead')] as const satisfies readonly Effect[];

/** The effects of what deletes records for their users, and keeps those that are held. */
export const deletesRecords = [...asksHolds, writes('held')] as const satisfies readonly Effect[];
