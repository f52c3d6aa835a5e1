import type { Email, EmailStatus } from '../../schema/email.ts';
import { row } from '../row.ts';

/** The GSI1 partition of the e-mails to an address, after the entity. */
export const emailsTo = (organization: number, address: string): readonly string[] => [
  String(organization),
  'to',
  address,
];
/** The GSI2 partition of the e-mails in a state, after the entity. */
export const emailsIn = (organization: number, status: EmailStatus): readonly string[] => [
  String(organization),
  'state',
  status,
];

/** `email#1001` by time; GSI1: by recipient; GSI2: by state. */
export const emailRow = row<'email', Email, { readonly id: string }>('email', {
  records: 'email',
  afterClosing: 'messages are kept',
  unsharded: 'at most 300 recipients a minute; ids are ordered by time',
  sort: ({ id }) => id,
  index1: ({ id, to: [address = ''] }, organization) => ({ partition: emailsTo(organization, address), sort: id }),
  index2: ({ id, status }, organization) => ({ partition: emailsIn(organization, status), sort: id }),
});
