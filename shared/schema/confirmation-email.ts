import type { Email } from './email.ts';
import { noticeEmail } from './notice-email.ts';
import { day } from './time.ts';
import { organizationText } from './values.ts';

/** The e-mail that asks an address whether it wants notices (functions/messaging/README.md, "Confirmation"). */

export const confirmationTemplate = 'address_confirmation';

/** Days, and milliseconds, for which its link can be followed. */
const linkDays = 7;
export const linkTtl = linkDays * day;

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
  noticeEmail({
    id,
    to: address,
    template: confirmationTemplate,
    now,
    variables: {
      organization: organizationText(organization),
      link: `${url}/email/confirm?token=${token}`,
      days: linkDays,
    },
  });
