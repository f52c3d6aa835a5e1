import type { Email, EmailStatus } from '../../schema/email.ts';
import { row } from '../row.ts';

/** Seconds for which an e-mail is kept. */
const kept = 90 * 24 * 3_600;

/** The partition of GSI1 that holds the e-mails to an address, and of GSI2 those in a state, after the entity. */
export const emailsTo = (organization: number, address: string): readonly string[] => [
  String(organization),
  'to',
  address,
];
export const emailsIn = (organization: number, status: EmailStatus): readonly string[] => [
  String(organization),
  'state',
  status,
];

/** `email#1001` by time; GSI1 by whom it is to; GSI2 by state. */
export const emailRow = row<'email', Email, { readonly id: string }>('email', {
  sort: ({ id }) => id,
  index1: ({ id, to: [address = ''] }, organization) => ({ partition: emailsTo(organization, address), sort: id }),
  index2: ({ id, status }, organization) => ({ partition: emailsIn(organization, status), sort: id }),
  expires: ({ created_at: at }) => Math.floor(Date.parse(at) / 1_000) + kept,
});
