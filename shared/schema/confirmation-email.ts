import { queuedEmail, type Email } from './email.ts';
import { day } from './time.ts';
import { organizationText } from './values.ts';

/** The e-mail that asks an address whether it wants notices (functions/messaging/README.md, "Confirmation"). */

export const confirmationTemplate = 'address_confirmation';

/** Milliseconds for which its link can be followed. */
export const linkTtl = 7 * day;

type Confirmation = {
  /** Id of the e-mail. */
  readonly id: string;
  readonly address: string;
  readonly organization: number;
  readonly token: string;
  /** Origin of the API, which the link begins with. */
  readonly url: string;
  /** ISO 8601 UTC. */
  readonly now: string;
};

/** It has no text of a tenant, as it goes to strangers and the platform is its sender. */
export const confirmationEmail = ({ id, address, organization, token, url, now }: Confirmation): Email =>
  queuedEmail({
    id,
    to: [address],
    cc: [],
    template: confirmationTemplate,
    template_version: 1,
    created_at: now,
    subject: 'Do you want notices about calls?',
    text: [
      `The organization ${organizationText(organization)} of a telephony platform wants to send notices about its`,
      'calls to this address.',
      '',
      'If you agree, open this link within 7 days:',
      '',
      `${url}/email/confirm?token=${token}`,
      '',
      'If you do not, do nothing: you get no notices, and no further e-mail about this.',
      '',
    ].join('\n'),
  });
