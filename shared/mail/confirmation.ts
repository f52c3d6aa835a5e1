import { randomSecret } from '../credentials/random.ts';
import { secretHash } from '../schema/secret-hash.ts';
import { confirmationEmail, linkTtl } from '../schema/confirmation-email.ts';
import type { Email } from '../schema/email.ts';
import type { NoticeToken } from '../schema/notice-address.ts';
import { second } from '../schema/time.ts';

type ConfirmationRequest = {
  /** Id of the e-mail. */
  readonly id: string;
  readonly organization: number;
  /** Origin of the API, which the link begins with. */
  readonly url: string;
  readonly now: Date;
};

/** Asks an address by a new link whether it wants notices (functions/messaging/README.md, "Confirmation"). */
export function newConfirmation(
  address: string,
  { now, organization, ...of }: ConfirmationRequest,
): { readonly email: Email; readonly token: NoticeToken } {
  const secret = randomSecret();
  return {
    email: confirmationEmail({ ...of, address, organization, token: secret, now: now.toISOString() }),
    token: {
      token_hash: secretHash(secret),
      org_id: organization,
      address,
      expires_at: Math.floor((now.getTime() + linkTtl) / second),
    },
  };
}
